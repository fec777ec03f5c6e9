/* SPDX-License-Identifier: ISC */
/*
 * start.c: from _start to solo5_app_main().
 */
#include "target.h"
#include "version.h"

/* The value every protected function keeps on its stack. Compilers know the name. */
extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard;

/*
 * What the guard is worth: where the tender gives random bytes or the CPU has a random
 * number generator, 56 bits. Elsewhere it is as hard to guess as the start time, to the
 * nanosecond, and the counter, to the tick, which is some 20 to 30 bits for someone who
 * knows the second. To ask for that takes a hypercall, so it is not asked for in vain. The
 * second-lowest byte is zero, so that a string that runs over cannot write the guard back.
 */
static uintptr_t make_guard(void)
{
    uint64_t word[TARGET_ENTROPY_WORDS];
    size_t n = RANDOM_OWN_WORDS;

    _Static_assert(RANDOM_OWN_WORDS <= TARGET_ENTROPY_WORDS, "room for either");
    if (!random_own(word)) {
        target_entropy(word);
        n = TARGET_ENTROPY_WORDS;
    }
    return random_mix(word, n) & ~(uint64_t)0xff00;
}

static void print_banner(void)
{
    log_at(LOG_INFO, "  .------------------------------.\n");
    log_at(LOG_INFO, "  |   S  .  O  .  L  .  O  .  5  |\n");
    log_at(LOG_INFO, "  |   one program, one machine   |\n");
    log_at(LOG_INFO, "  '------------------------------'\n");
    log_at(LOG_INFO, "Solo5: Bindings version %s\n", SOLO5_VERSION);
}

NO_STACK_PROTECTOR void start(const void *boot_info)
{
    static struct solo5_start_info info;
    struct target_boot boot;
    enum log_level level = LOG_INFO;

    ext_init();
    target_init(boot_info, &boot);
    target_set_tls_base(0);
    __stack_chk_guard = make_guard();

    info.cmdline = cmdline_parse(boot.cmdline, &level);
    log_set_level(level);
    print_banner();
    target_report();
    manifest_init(boot.manifest);
    bounds_init(boot.mem_size);
    heap_init(boot.mem_size, &info);

    solo5_exit(solo5_app_main(&info));
}
