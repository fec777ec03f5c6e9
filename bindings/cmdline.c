/* SPDX-License-Identifier: ISC */
#include "bindings.h"

static const struct {
    const char *word;
    enum log_level level;
} options[] = {
        {"--solo5:quiet", LOG_ERROR},
        {"--solo5:error", LOG_ERROR},
        {"--solo5:warn", LOG_WARN},
        {"--solo5:info", LOG_INFO},
        {"--solo5:debug", LOG_DEBUG},
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *skip_space(const char *s)
{
    while (is_space(*s))
        s++;
    return s;
}

/* The end of WORD if S begins with it, as a whole word, or NULL. */
static const char *skip_word(const char *s, const char *word)
{
    for (; *word != '\0'; s++, word++)
        if (*s != *word)
            return NULL;
    return *s == '\0' || is_space(*s) ? s : NULL;
}

static const char *skip_option(const char *s, enum log_level *level)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        const char *end = skip_word(s, options[i].word);
        if (end) {
            *level = options[i].level;
            return end;
        }
    }
    return NULL;
}

const char *cmdline_parse(const char *cmdline, enum log_level *level)
{
    const char *s = skip_space(cmdline), *end;

    while ((end = skip_option(s, level)) != NULL)
        s = skip_space(end);
    return s;
}
