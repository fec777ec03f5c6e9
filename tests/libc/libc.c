/* SPDX-License-Identifier: ISC */
/*
 * libc: a C library as a library OS has it, on solo5.h: printf and strtod with floats,
 * qsort, setjmp, a heap used to its end, files in memory, and errno of two threads.
 */
#include "glue.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition))                                                      \
            fail(__LINE__, #condition);                                        \
    } while (0)

/* The compiler takes the thread pointer for a constant of a function. */
#define APART __attribute__((noinline))

static void __attribute__((noreturn)) fail(int line, const char *what)
{
    printf("FAILURE: libc.c:%d: %s\n", line, what);
    fflush(stdout);
    solo5_exit(SOLO5_EXIT_FAILURE);
}

static void check_printf(void)
{
    char text[128];
    volatile double third = 1.0 / 3;

    snprintf(text, sizeof text, "%.10f|%e|%g|%08.3f|%5d|%-5s|%llx", third, 12345.678,
            1e-7, -3.14159, 42, "ab", 0x123456789abcULL);
    printf("%s\n", text);
    CHECK(strcmp(text, "0.3333333333|1.234568e+04|1e-07|-003.142|   42|ab   |123456789abc") == 0);
    CHECK(snprintf(text, 4, "%.2f", 2.5) == 4 && strcmp(text, "2.5") == 0);
    /* No long double: picolibc prints what is no double as 0. */
    snprintf(text, sizeof text, "%f %f %.1f", HUGE_VAL, -HUGE_VAL, 0.5);
    CHECK(strcmp(text, "inf -inf 0.5") == 0);
    printf("%.15g %a\n", third * 3, 1.0);
}

static void check_strtod(void)
{
    char *end;

    CHECK(strtod("3.25e2xyz", &end) == 325 && strcmp(end, "xyz") == 0);
    CHECK(strtod("2.2250738585072014e-308", NULL) == 0x1p-1022);
    CHECK(strtod("0x1.8p3", NULL) == 12);
    CHECK(isinf(strtod("-inf", NULL)));
    errno = 0;
    CHECK(strtod("1e400", NULL) == HUGE_VAL && errno == ERANGE);
    CHECK(fabs(sqrt(strtod("2", NULL)) * sqrt(2.0) - 2) < 1e-15);
    CHECK(fabs(sin(1.0) * sin(1.0) + cos(1.0) * cos(1.0) - 1) < 1e-15);
}

static int by_value(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void check_qsort(void)
{
    static uint32_t v[5000];
    uint32_t state = 1, sum = 0, sorted_sum = 0;

    for (size_t i = 0; i < 5000; i++) {
        state = state * 1664525 + 1013904223;
        sum += v[i] = state;
    }
    qsort(v, 5000, sizeof v[0], by_value);
    for (size_t i = 0; i < 5000; i++) {
        CHECK(i == 0 || v[i - 1] <= v[i]);
        sorted_sum += v[i];
    }
    CHECK(sum == sorted_sum);
    CHECK(bsearch(&v[1234], v, 5000, sizeof v[0], by_value) != NULL);
}

static jmp_buf here;

static volatile int jump_value = 7;

static void APART deeper(int n)
{
    volatile char frame[256];

    frame[0] = (char)n;
    if (n > 0)
        deeper(n - 1);
    else if (jump_value)
        longjmp(here, jump_value);
    frame[1] = frame[0];
}

static void check_setjmp(void)
{
    volatile int rounds = 0;
    volatile double kept = 1.5;
    int got = setjmp(here);

    if (rounds++ < 3)
        deeper(20);
    CHECK(got == 7 && rounds == 4 && kept == 1.5);
}

/* Blocks until there are no more, each filled with its number; their count. */
struct block {
    struct block *next;
    size_t number;
    unsigned char fill[65000];
};

static struct block *take_all(size_t *count)
{
    struct block *list = NULL, *b;

    errno = 0;
    for (*count = 0; (b = malloc(sizeof *b)) != NULL; list = b) {
        b->next = list;
        b->number = ++*count;
        memset(b->fill, (int)*count, sizeof b->fill);
    }
    CHECK(errno == ENOMEM);
    return list;
}

static void give_all(struct block *list, size_t count)
{
    while (list) {
        struct block *next = list->next;

        CHECK(list->number == count && list->fill[64999] == (unsigned char)count);
        CHECK(list->fill[0] == (unsigned char)count);
        count--;
        free(list);
        list = next;
    }
    CHECK(count == 0);
}

static void check_malloc(size_t heap_size)
{
    size_t count, again;
    struct block *list = take_all(&count);

    printf("%u blocks of 64 KiB in %u KiB\n", (unsigned)count, (unsigned)(heap_size >> 10));
    CHECK(count * sizeof *list > heap_size - (3 << 20));
    CHECK(malloc(SIZE_MAX / 2) == NULL);
    give_all(list, count);

    /* All of it is usable again, in one piece, too. */
    char *large = malloc(count * sizeof *list / 2);

    CHECK(large != NULL);
    memset(large, 0x5a, count * sizeof *list / 2);
    free(large);
    list = take_all(&again);
    CHECK(again >= count - count / 8);
    give_all(list, again);
    CHECK((list = calloc(1, sizeof *list)) != NULL && list->fill[100] == 0);
    free(list);
}

static void check_files(void)
{
    char text[16];
    int fd;

    CHECK(open("a", O_RDONLY) == -1 && errno == ENOENT);
    CHECK((fd = open("a", O_RDWR | O_CREAT, 0666)) > STDERR_FILENO);
    CHECK(write(fd, "one", 3) == 3 && lseek(fd, 2, SEEK_CUR) == 5 && write(fd, "two", 3) == 3);
    CHECK(lseek(fd, -9, SEEK_END) == -1 && errno == EINVAL);
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && read(fd, text, sizeof text) == 8);
    CHECK(memcmp(text, "one\0\0two", 8) == 0 && read(fd, text, 1) == 0);
    CHECK(close(fd) == 0 && close(fd) == -1 && errno == EBADF);
    CHECK(open("a", O_WRONLY | O_CREAT | O_EXCL, 0666) == -1 && errno == EEXIST);
    CHECK((fd = open("a", O_WRONLY | O_APPEND)) > STDERR_FILENO);
    CHECK(write(fd, "!", 1) == 1 && lseek(fd, 0, SEEK_CUR) == 9);
    CHECK(read(fd, text, 1) == -1 && errno == EBADF && close(fd) == 0);
    CHECK((fd = open("a", O_RDWR | O_TRUNC)) > STDERR_FILENO && read(fd, text, 1) == 0);
    CHECK(close(fd) == 0);
    while ((fd = open("b", O_RDONLY | O_CREAT, 0666)) > STDERR_FILENO)
        CHECK(write(fd, "", 1) == -1 && errno == EBADF);
    CHECK(errno == EMFILE);
}

/* Two threads' blocks. A block is zeroed memory of any alignment. */
static uintptr_t make_block(void *memory)
{
    CHECK(solo5_tls_init((uintptr_t)memory) == SOLO5_R_OK);
    return solo5_tls_tp_offset((uintptr_t)memory);
}

static void switch_to(uintptr_t tp)
{
    if (solo5_set_tls_base(tp) != SOLO5_R_OK)
        solo5_abort();
}

static void APART set_errno(int to)
{
    errno = to;
}

static int APART get_errno(void)
{
    return errno;
}

/* An error that the library itself sets. */
static void APART overflow(void)
{
    CHECK(strtod("1e999", NULL) == HUGE_VAL);
}

static void check_errno(uintptr_t first)
{
    void *memory = calloc(solo5_tls_size(), 1);
    uintptr_t second;

    CHECK(memory != NULL);
    second = make_block(memory);
    set_errno(EINVAL);
    switch_to(second);
    CHECK(get_errno() == 0);
    overflow();
    CHECK(get_errno() == ERANGE);
    switch_to(first);
    CHECK(get_errno() == EINVAL);
    set_errno(0);
    switch_to(second);
    CHECK(get_errno() == ERANGE);
    switch_to(first);
    CHECK(get_errno() == 0);
    free(memory);
}

int main(void)
{
    check_printf();
    check_strtod();
    check_qsort();
    check_setjmp();
    check_malloc(glue_start_info->heap_size);
    check_files();
    check_errno(glue_main_tp);
    puts("SUCCESS");
    return SOLO5_EXIT_SUCCESS;
}
