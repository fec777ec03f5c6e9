/* SPDX-License-Identifier: ISC */
#include "bindings.h"

struct out {
    char *buf;
    size_t size;
    size_t len; /* of the whole text, written or not */
};

struct spec {
    unsigned width;
    bool zeros;
    int longs; /* number of l and z before the letter */
};

static void put(struct out *o, char c)
{
    if (o->len + 1 < o->size)
        o->buf[o->len] = c;
    o->len++;
}

static void put_padding(struct out *o, char c, size_t have, size_t width)
{
    for (; have < width; have++)
        put(o, c);
}

static void put_string(struct out *o, const struct spec *sp, const char *s)
{
    size_t len = 0;

    while (s[len] != '\0')
        len++;
    put_padding(o, ' ', len, sp->width);
    while (*s != '\0')
        put(o, *s++);
}

static void put_number(struct out *o, const struct spec *sp, const char *sign,
        uint64_t value, unsigned base)
{
    char digit[20]; /* 2^64 in decimal */
    size_t n = 0, len;

    do {
        digit[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);

    for (len = n; sign[len - n] != '\0';)
        len++;
    if (!sp->zeros)
        put_padding(o, ' ', len, sp->width);
    while (*sign != '\0')
        put(o, *sign++);
    if (sp->zeros)
        put_padding(o, '0', len, sp->width);
    while (n > 0)
        put(o, digit[--n]);
}

static void put_signed(struct out *o, const struct spec *sp, int64_t value)
{
    if (value < 0)
        put_number(o, sp, "-", -(uint64_t)value, 10);
    else
        put_number(o, sp, "", (uint64_t)value, 10);
}

static const char *parse_spec(const char *fmt, struct spec *sp)
{
    *sp = (struct spec){0};
    for (; *fmt == '0'; fmt++)
        sp->zeros = true;
    for (; *fmt >= '0' && *fmt <= '9'; fmt++)
        sp->width = sp->width * 10 + (unsigned)(*fmt - '0');
    for (; *fmt == 'l' || *fmt == 'z'; fmt++)
        sp->longs++;
    return fmt;
}

size_t format(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct out o = {.buf = buf, .size = size};
    struct spec sp;

    for (; *fmt != '\0'; fmt++) {
        if (*fmt != '%') {
            put(&o, *fmt);
            continue;
        }
        fmt = parse_spec(fmt + 1, &sp);
        switch (*fmt) {
        case 'd':
            put_signed(&o, &sp, sp.longs ? va_arg(ap, long) : va_arg(ap, int));
            break;
        case 'u':
            put_number(&o, &sp, "",
                    sp.longs ? va_arg(ap, unsigned long) : va_arg(ap, unsigned), 10);
            break;
        case 'x':
            put_number(&o, &sp, "",
                    sp.longs ? va_arg(ap, unsigned long) : va_arg(ap, unsigned), 16);
            break;
        case 'p':
            put_number(&o, &sp, "0x", (uintptr_t)va_arg(ap, void *), 16);
            break;
        case 'c':
            put(&o, (char)va_arg(ap, int));
            break;
        case 's':
            put_string(&o, &sp, va_arg(ap, const char *));
            break;
        case '%':
            put(&o, '%');
            break;
        default: /* a mistake in the program: show it */
            put(&o, '%');
            if (*fmt != '\0')
                put(&o, *fmt);
            else
                fmt--;
            break;
        }
    }
    if (size > 0)
        buf[o.len < size ? o.len : size - 1] = '\0';
    return o.len;
}
