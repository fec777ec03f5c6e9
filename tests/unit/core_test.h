/* SPDX-License-Identifier: ISC */
/*
 * core_test.h: core files as they are on disk, for the CPU that the including test
 * links.
 */
#ifndef CORE_TEST_H
#define CORE_TEST_H

#include "unit.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tenders/hvt/debug/core.h"
#include "hvt_abi.h"

#define MEM_SIZE 0x1000000ULL /* 16 MiB */
#define HEADERS (64 + 2 * 56)
#define NOTE_HEAD (12 + 8)

static struct err err;
static struct guest_mem mem;
static struct elf_segment segment = {.vaddr = 0x110010,
        .start = 0x110000,
        .end = 0x140000,
        .filesz = 0x1ff00,
        .memsz = 0x2ff00};
static struct elf_plan plan = {.count = 1, .segment = &segment};
static uint64_t regs[CORE_REGS_MAX];

static size_t prstatus_bytes(void)
{
    return 112 + 8 * core_nregs + 8;
}

static bool signs; /* of what is written */

static size_t notes_bytes(void)
{
    uint8_t notes[CORE_NOTES_MAX];

    return NOTE_HEAD + prstatus_bytes() + core_notes(signs, notes);
}

static size_t data_offset(void)
{
    return HEADERS + notes_bytes();
}

static int core_test_setup(void **state)
{
    (void)state;
    assert_works(guest_mem_alloc(&mem, MEM_SIZE, false, &err), err);
    for (size_t i = 0; i < CORE_REGS_MAX; i++)
        regs[i] = 0x1111111111111111ULL * (i % 15 + 1) + i;
    return 0;
}

static int core_test_teardown(void **state)
{
    (void)state;
    munmap(mem.host, MEM_SIZE);
    free(mem.ro);
    return 0;
}

static int new_file(void)
{
    int fd = memfd_create("core", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

/* The core file of the memory as it is; the caller's, to be unmapped. */
static const uint8_t *written(int fd)
{
    struct core core = {
            .mem = &mem, .plan = &plan, .regs = regs, .signs = signs, .signal = 11};

    assert_works(core_write(fd, &core, &err), err);
    const uint8_t *p = mmap(NULL, data_offset() + MEM_SIZE, PROT_READ, MAP_SHARED, fd, 0);
    assert_true(p != MAP_FAILED);
    return p;
}

static void unmap(const uint8_t *p)
{
    munmap((void *)(uintptr_t)p, data_offset() + MEM_SIZE);
}

/* Has this page ever been touched? */
static bool touched(uint64_t gpa)
{
    unsigned char there;

    assert_int_equal(mincore(mem.host + gpa, 1, &there), 0);
    return there & 1;
}

static void headers(void **state)
{
    int fd = new_file();
    const uint8_t *p = written(fd);
    Elf64_Ehdr e;
    Elf64_Phdr ph[2];
    struct stat st;

    (void)state;
    memcpy(&e, p, sizeof e);
    memcpy(ph, p + 64, sizeof ph);
    assert_memory_equal(e.e_ident, "\177ELF\2\1\1\377\0\0\0\0\0\0\0", 16);
    assert_int_equal(e.e_type, ET_CORE);
    assert_int_equal(e.e_machine, core_machine);
    assert_int_equal(e.e_version, 1);
    assert_int_equal(e.e_phoff, 64);
    assert_int_equal(e.e_ehsize, 64);
    assert_int_equal(e.e_phentsize, 56);
    assert_int_equal(e.e_phnum, 2);
    assert_int_equal(e.e_shoff, 0);
    assert_int_equal(e.e_shnum, 0);
    assert_int_equal(ph[0].p_type, PT_NOTE);
    assert_int_equal(ph[0].p_offset, HEADERS);
    assert_int_equal(ph[0].p_filesz, notes_bytes());
    assert_int_equal(ph[1].p_type, PT_LOAD);
    assert_int_equal(ph[1].p_flags, 0);
    assert_int_equal(ph[1].p_align, 0);
    assert_int_equal(ph[1].p_vaddr, 0);
    assert_int_equal(ph[1].p_offset, data_offset());
    assert_int_equal(ph[1].p_filesz, MEM_SIZE);
    assert_int_equal(ph[1].p_memsz, MEM_SIZE);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, data_offset() + MEM_SIZE);
    unmap(p);
    close(fd);
}

static void note(void **state)
{
    int fd = new_file();
    const uint8_t *p = written(fd), *prstatus = p + HEADERS + NOTE_HEAD;
    Elf64_Nhdr n;
    int signo, pid;
    short cursig;

    (void)state;
    memcpy(&n, p + HEADERS, sizeof n);
    assert_int_equal(n.n_namesz, 5);
    assert_int_equal(n.n_descsz, prstatus_bytes());
    assert_int_equal(n.n_type, NT_PRSTATUS);
    assert_memory_equal(p + HEADERS + 12, "CORE\0\0\0", 8);
    memcpy(&signo, prstatus, sizeof signo);
    memcpy(&cursig, prstatus + 12, sizeof cursig);
    memcpy(&pid, prstatus + 32, sizeof pid);
    assert_int_equal(signo, 11);
    assert_int_equal(cursig, 11);
    assert_int_equal(pid, getpid());
    assert_memory_equal(prstatus + 112, regs, 8 * core_nregs);
    unmap(p);
    close(fd);
}

/* What this CPU's header says, on a machine of this CPU. */
static void prstatus_of_the_host(void **state)
{
    (void)state;
    if (elf_host_machine() != core_machine)
        return; /* the other CPU's test does it */
    assert_int_equal(sizeof(prstatus_t), prstatus_bytes());
    assert_int_equal(sizeof(elf_gregset_t), 8 * core_nregs);
    assert_int_equal(offsetof(prstatus_t, pr_info.si_signo), 0);
    assert_int_equal(offsetof(prstatus_t, pr_cursig), 12);
    assert_int_equal(offsetof(prstatus_t, pr_pid), 32);
    assert_int_equal(offsetof(prstatus_t, pr_reg), 112);
}

/* Whatever the host's pages are, all that isn't zero is in the file, and little else. */
static void memory(void **state)
{
    static const uint64_t pages[] = {0x1000, 0x4000, 0x10000};
    static const uint64_t used[] = {0, 0x10008, 0x110010, 0x12ffff, 0x200000, 0x2fffff,
            0x345678, MEM_SIZE - 1};

    (void)state;
    for (size_t i = 0; i < N_OF(used); i++)
        mem.host[used[i]] = (uint8_t)(i + 1);
    /* Used and zero again. */
    memset(mem.host + 0x400000, 1, 0x200000);
    memset(mem.host + 0x400000, 0, 0x200000);
    for (size_t i = 0; i < N_OF(pages); i++) {
        int fd = new_file();
        struct stat st;

        mem.page = pages[i];
        struct core core = {.mem = &mem, .plan = &plan, .regs = regs};
        assert_works(core_write(fd, &core, &err), err);
        /* Comparing them touches all pages. */
        assert_true(i > 0 || !touched(0x800000));
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_size, data_offset() + MEM_SIZE);
        /* Eight pages, the segment's two and a half, and what their ends share. */
        assert_true((uint64_t)st.st_blocks * 512 < 12 * (pages[i] + 0x2000) + 0x30000);
        const uint8_t *p = mmap(NULL, data_offset() + MEM_SIZE, PROT_READ, MAP_SHARED, fd, 0);
        assert_true(p != MAP_FAILED);
        assert_memory_equal(p + data_offset(), mem.host, MEM_SIZE);
        unmap(p);
        close(fd);
    }
    mem.page = (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The image's file is cut off while the guest runs: nobody dies of it. */
static void image_is_gone(void **state)
{
    int fd = new_file(), file = new_file();
    struct core core = {.mem = &mem, .plan = &plan, .regs = regs};

    (void)state;
    assert_int_equal(ftruncate(file, 0x20000), 0);
    void *p = mmap(mem.host + 0x110000, 0x20000, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0);
    assert_true(p != MAP_FAILED);
    assert_int_equal(ftruncate(file, 0), 0);
    assert_fails(core_write(fd, &core, &err), err, "could not write: Bad address");
    p = mmap(mem.host + 0x110000, 0x20000, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    assert_true(p != MAP_FAILED);
    close(file);
    close(fd);
}

static void no_room(void **state)
{
    struct core core = {.mem = &mem, .plan = &plan, .regs = regs};
    int fd = memfd_create("core", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    (void)state;
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
    assert_fails(core_write(fd, &core, &err), err, "could not write: ");
    close(fd);
    fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_fails(core_write(fd, &core, &err), err, "could not write: ");
    close(fd);
}

#define CORE_TESTS                                                             \
    cmocka_unit_test(headers), cmocka_unit_test(note),                         \
            cmocka_unit_test(prstatus_of_the_host), cmocka_unit_test(memory),  \
            cmocka_unit_test(image_is_gone), cmocka_unit_test(no_room)

#endif /* CORE_TEST_H */
