/* SPDX-License-Identifier: ISC */
/*
 * bindings.h: what the files of the bindings offer one another.
 *
 * The bindings are linked into one object, in which everything but _start, the
 * solo5_ functions and the stack protector's two symbols is local: an application
 * and its library OS may use any other name, memcpy() included.
 */
#ifndef BINDINGS_H
#define BINDINGS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ext_abi.h"
#include "mft_abi.h"
#include "solo5.h"

/* For the function that changes the stack protector's guard under its own feet. */
#if defined(__has_attribute)
#if __has_attribute(no_stack_protector)
#define NO_STACK_PROTECTOR __attribute__((no_stack_protector))
#endif
#endif
#ifndef NO_STACK_PROTECTOR
#define NO_STACK_PROTECTOR
#endif

/*
 * start.c
 */

/* Called by _start with the boot information, on the initial stack. */
void start(const void *boot_info) __attribute__((noreturn));

/*
 * string.c: compilers call these for copies and zeroing, whatever the flags.
 */
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/*
 * format.c
 */

/*
 * Like vsnprintf(): at most SIZE bytes to BUF with a NUL, returns the length of
 * the whole text. Knows %d %u %x %c %s %p %%, the lengths l, ll and z, a width
 * and a leading 0 for padding with zeros.
 */
size_t format(char *buf, size_t size, const char *fmt, va_list ap);

/*
 * log.c
 */
enum log_level {
    LOG_ALWAYS, /* not to be silenced: why the guest was ended */
    LOG_ERROR,
    LOG_WARN,
    LOG_INFO,
    LOG_DEBUG
};

void log_set_level(enum log_level level);
void log_at(enum log_level level, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

/*
 * cmdline.c
 */

/*
 * Apply the --solo5: options in front of CMDLINE to *LEVEL. Returns the rest, which
 * is the application's.
 */
const char *cmdline_parse(const char *cmdline, enum log_level *level);

/*
 * abort.c
 */

/* Say why and end the guest with SOLO5_EXIT_ABORT. COOKIE is for a debugger, or NULL. */
void abort_at(const char *file, int line, const char *reason, const void *cookie)
        __attribute__((noreturn));

#define PANIC(reason, cookie) abort_at(__FILE__, __LINE__, reason, cookie)

/*
 * ext.c
 */

/* Bytes of struct ext_info up to and with FIELD. */
#define EXT_END(field) \
    (offsetof(struct ext_info, field) + sizeof(((struct ext_info *)0)->field))

/*
 * The tender's answer, if it has FEATURE in force and reaches up to END: EXT_END() of
 * what the caller reads. Else NULL: so it is under all tenders without extensions.
 */
const struct ext_info *ext_find(uint64_t feature, size_t end);

/* The same of what is no more than a bit, after ext_init(): for calls, which ask all the time. */
void ext_init(void);
extern uint64_t ext_features; /* in force */

static inline bool ext_has(uint64_t feature)
{
    return (ext_features & feature) != 0;
}

/*
 * A target's note, which says what these bindings know. The image ends at _end. The note of
 * an image that can be at any address has more in it, and no address that the tender would
 * have to change: the linker script writes it.
 */
extern const char _end[];
#ifdef __PIE__
#define EXT_DECLARE(features) _Static_assert((features) != 0, "image.lds.h")
#else
#define EXT_DECLARE(features) EXT1_NOTE_DECLARE(features, (uintptr_t)_end)
#endif

/*
 * heap.c
 */

/* Memory between the end of the image and MEM_SIZE. Too little of it ends the guest. */
void heap_init(uint64_t mem_size, struct solo5_start_info *info);

/*
 * bounds.c: which buffers can't be right. A tender ends a guest that passes such a one,
 * a kernel returns an error of its own; found here, it is the same on every target.
 */
void bounds_init(uint64_t mem_size);

extern struct bounds {
    uintptr_t end;                          /* of memory */
    uintptr_t data;                         /* what is below is code and constants */
    uintptr_t template_start, template_end; /* of thread-local variables: constant, too */
} bounds;

/* Below it there is no memory on any target. */
#define BOUNDS_LOWEST 0x10000

static inline bool bounds_within(uintptr_t start, size_t size, uintptr_t lowest)
{
    return start >= lowest && start <= bounds.end && size <= bounds.end - start;
}

/* The SIZE bytes of BUF are memory that can be read, can be written. */
static inline bool bounds_readable(const void *buf, size_t size)
{
    return bounds_within((uintptr_t)buf, size, BOUNDS_LOWEST);
}

static inline bool bounds_writable(const void *buf, size_t size)
{
    uintptr_t start = (uintptr_t)buf, end = start + size;

    if (!bounds_within(start, size, bounds.data))
        return false;
    uintptr_t from = start > bounds.template_start ? start : bounds.template_start;
    uintptr_t to = end < bounds.template_end ? end : bounds.template_end;
    return from >= to;
}

/*
 * manifest.c
 */
void manifest_init(const struct mft *m);

extern const struct mft *manifest_all;

/* By type, which devices are attached: a bit each, as calls ask all the time. */
extern solo5_handle_set_t manifest_attached[MFT_DEV_NET_BASIC + 1];

bool manifest_has_networks(void);

/* The device of this name and type and its handle, or NULL. */
const struct mft_entry *manifest_find(const char *name, enum mft_type type,
        solo5_handle_t *handle);

/* The device of this handle, if it has this type, or NULL. */
static inline const struct mft_entry *manifest_get(solo5_handle_t handle, enum mft_type type)
{
    if (handle >= MFT_MAX_ENTRIES || !(manifest_attached[type] >> handle & 1))
        return NULL;
    return &manifest_all->e[handle];
}

/*
 * random.c
 */

/* A well mixed value that depends on each of the N inputs. */
uint64_t random_mix(const uint64_t *input, size_t n);

/*
 * The host's random bytes that solo5_random_seed() doesn't give out. False, and WORD is as it was,
 * if the tender has none.
 */
#define RANDOM_OWN_WORDS ((EXT_RANDOM_SIZE - SOLO5_RANDOM_SIZE) / 8)
bool random_own(uint64_t word[RANDOM_OWN_WORDS]);

/*
 * tls_layout.c
 */

/* Where a CPU's compilers expect the thread-local variables. */
enum tls_variant {
    TLS_ABOVE = 1, /* thread pointer, two words, variables */
    TLS_BELOW = 2  /* variables, thread pointer, control block */
};

/* The initial values of thread-local variables, as the linker laid them out. */
struct tls_template {
    const void *image;
    size_t image_size; /* bytes of IMAGE */
    size_t size;       /* with the zeros that follow it */
    size_t align;      /* a power of two */
};

size_t tls_block_size(enum tls_variant variant, const struct tls_template *t);
uintptr_t tls_thread_pointer(enum tls_variant variant, const struct tls_template *t,
        uintptr_t block);
uintptr_t tls_image_start(enum tls_variant variant, const struct tls_template *t,
        uintptr_t thread_pointer);

#endif /* BINDINGS_H */
