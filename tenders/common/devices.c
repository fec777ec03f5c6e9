/* SPDX-License-Identifier: ISC */
#include "devices.h"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

static const struct option_kind {
    mft_type_t type;
    bool attaches; /* else it refines what another option attaches */
} option_kind[DEVICE_OPTIONS] = {
        [OPT_NET] = {MFT_DEV_NET_BASIC, true},
        [OPT_NET_MAC] = {MFT_DEV_NET_BASIC, false},
        [OPT_BLOCK] = {MFT_DEV_BLOCK_BASIC, true},
        [OPT_BLOCK_SECTOR_SIZE] = {MFT_DEV_BLOCK_BASIC, false},
        [OPT_BLOCK_RO] = {MFT_DEV_BLOCK_BASIC, false},
        [OPT_BLOCK_NOLOCK] = {MFT_DEV_BLOCK_BASIC, false},
};

/* What the options say about one device: their values, NULL if not given. */
struct wish {
    const char *value[DEVICE_OPTIONS];
};

/* The interface or path it is attached to, NULL if there is none. */
static const char *attachment(const struct wish *w)
{
    return w->value[OPT_NET] ? w->value[OPT_NET] : w->value[OPT_BLOCK];
}

/* Names of the devices of TYPE, for a sentence. */
static void list_names(const struct manifest *m, mft_type_t type, char *buf, size_t size)
{
    buf[0] = 0;
    for (unsigned i = 1; i < m->entries; i++) {
        if (m->e[i].type != type)
            continue;
        size_t used = strlen(buf);
        snprintf(buf + used, size - used, "%s%s", used ? ", " : "", m->e[i].name);
    }
}

/* The short form: the only device of its type. */
static unsigned only_device(const struct manifest *m, const struct device_setting *s,
        struct err *err)
{
    mft_type_t type = option_kind[s->what].type;
    unsigned found = 0, n = 0;
    char names[6144]; /* 63 names of 67 characters */

    for (unsigned i = 1; i < m->entries; i++)
        if (m->e[i].type == type) {
            found = i;
            n++;
        }
    if (n == 1)
        return found;
    if (n == 0) {
        err_set(err, "%s: the manifest declares no device of type %s", s->word,
                manifest_type_name(type));
        return 0;
    }
    list_names(m, type, names, sizeof names);
    err_set(err, "%s: the manifest declares %u devices of type %s, write %s with one of: %s",
            s->word, n, manifest_type_name(type), s->usage, names);
    return 0;
}

/* Index of the device the setting is about, 0 with a sentence. */
static unsigned target_of(const struct manifest *m, const struct device_setting *s,
        struct err *err)
{
    if (!s->name[0])
        return only_device(m, s, err);
    unsigned i = manifest_find(m, s->name, option_kind[s->what].type);
    if (i == 0)
        err_set(err, "Resource not declared in manifest: '%s' (%s)", s->name, s->word);
    return i;
}

static int collect(struct wish wishes[MFT_MAX_ENTRIES], const struct manifest *m,
        const struct options *o, struct err *err)
{
    for (size_t k = 0; k < o->n_settings; k++) {
        const struct device_setting *s = &o->settings[k];
        unsigned i = target_of(m, s, err);
        if (i == 0)
            return -1;

        const char **slot = &wishes[i].value[s->what];
        if (*slot && option_kind[s->what].attaches)
            return err_set(err, "Device '%s' is attached twice: to %s and to %s",
                    m->e[i].name, *slot, s->value);
        *slot = s->value;
    }
    return 0;
}

/*
 * Every declared device must have something behind it: name all that have not, each in the
 * reference's words, which has a line for each.
 */
static int check_complete(const struct wish wishes[], const struct manifest *m,
        struct err *err)
{
    char missing[8000]; /* 63 times the below, with a name of 67 characters */
    size_t used = 0;

    for (unsigned i = 1; i < m->entries; i++)
        if (manifest_is_device(&m->e[i]) && !attachment(&wishes[i]))
            used += (size_t)snprintf(missing + used, sizeof missing - used,
                    "Device '%s' of type %s declared but not attached. ", m->e[i].name,
                    manifest_type_name(m->e[i].type));
    if (used == 0)
        return 0;
    return err_set(err,
            "%sAll declared devices must be attached. See --help for syntax.", missing);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Six groups of one or two hex digits, with colons. */
static int parse_mac(const char *text, uint8_t mac[6])
{
    for (int i = 0; i < 6; i++) {
        int hi = hex_digit(*text);
        if (hi < 0)
            return -1;
        text++;
        int lo = hex_digit(*text);
        mac[i] = (uint8_t)(lo < 0 ? hi : hi << 4 | lo);
        if (lo >= 0)
            text++;
        if (*text != (i < 5 ? ':' : 0))
            return -1;
        text++;
    }
    return 0;
}

static int set_mac(struct device *dev, const char *text, struct err *err)
{
    static const uint8_t none[6];

    if (text && parse_mac(text, dev->mac) != 0)
        return err_set(err, "Malformed argument to --net-mac: '%s' is not like "
                            "12:34:56:78:9a:bc",
                text);
    if (text && (dev->mac[0] & 1))
        return err_set(err, "Malformed argument to --net-mac: %s is a group address", text);
    if (memcmp(dev->mac, none, sizeof none) != 0)
        return 0;
    if (getrandom(dev->mac, sizeof dev->mac, 0) != sizeof dev->mac)
        return err_errno(err, "could not make a random hardware address");
    /* IEEE 802: bit 0 of the first byte is group, bit 1 locally administered. */
    dev->mac[0] = (uint8_t)((dev->mac[0] & ~1U) | 2U);
    return 0;
}

static int set_sector_size(struct device *dev, const char *text, struct err *err)
{
    uint64_t n = 512;

    if (text && (parse_u64(text, UINT64_MAX, &n) != 0 || n < 512 || n > 32768 ||
                        (n & (n - 1)) != 0))
        return err_set(err,
                "%s: Block size must be a multiple of 2 greater than or equal 512, a "
                "power of two up to 32768, not '%s'",
                dev->name, text);
    dev->block_size = (uint32_t)n;
    return 0;
}

/* The number of "@FD"; -1 if there is none. */
static int fd_named(const char *text)
{
    uint64_t n;

    return text[0] == '@' && parse_u64(text + 1, INT32_MAX, &n) == 0 ? (int)n : -1;
}

/* What was inherited has come through execve(2), which closes what has FD_CLOEXEC: ours have. */
int inherited_fd(const char *text)
{
    int fd = fd_named(text);
    int flags = fd > 2 ? fcntl(fd, F_GETFD) : -1;

    return flags < 0 || (flags & FD_CLOEXEC) ? -1 : fd;
}

/* Two descriptors of the same file or block device. */
static bool is_same_file(int a, int b)
{
    struct stat sa, sb;

    if (fstat(a, &sa) != 0 || fstat(b, &sb) != 0)
        return false;
    if (S_ISBLK(sa.st_mode) && S_ISBLK(sb.st_mode))
        return sa.st_rdev == sb.st_rdev;
    return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/*
 * Would their locks be at odds? The kernel wouldn't notice where both descriptors are
 * of one open file, and couldn't say that the other is ours.
 */
static bool is_conflict(const struct device *a, const struct device *b)
{
    return a->type == MFT_DEV_BLOCK_BASIC && b->type == MFT_DEV_BLOCK_BASIC &&
            !a->nolock && !b->nolock && !(a->read_only && b->read_only) &&
            is_same_file(a->fd, b->fd);
}

/* One descriptor can't be two devices: @5 given twice, or naming a file that a device has. */
static int check_fd(const struct devices *devs, unsigned i, const char *path, struct err *err)
{
    int fd = fd_named(path);

    for (unsigned k = 1; k < i && fd >= 0; k++) {
        const struct device *other = &devs->d[k];
        if (other->type != 0 && other->fd == fd)
            return err_set(err, "Devices '%s' and '%s' are attached to the same descriptor %d",
                    other->name, devs->d[i].name, fd);
    }
    return 0;
}

static int check_file(const struct devices *devs, unsigned i, const char *path,
        struct err *err)
{
    const struct device *dev = &devs->d[i];

    for (unsigned k = 1; k < i; k++) {
        const struct device *other = &devs->d[k];
        if (is_conflict(other, dev))
            return err_set(err, "Could not open block device: %s: locked by device '%s' of "
                                "this guest; --block-nolock:%s attaches it all the same",
                    path, other->name, dev->name);
    }
    return 0;
}

static int attach_one(struct device *dev, const struct wish *w, struct err *err)
{
    if (dev->type == MFT_DEV_NET_BASIC)
        return set_mac(dev, w->value[OPT_NET_MAC], err) != 0
                ? -1
                : attach_net(dev, w->value[OPT_NET], err);
    dev->read_only = w->value[OPT_BLOCK_RO] != NULL;
    dev->nolock = w->value[OPT_BLOCK_NOLOCK] != NULL;
    return set_sector_size(dev, w->value[OPT_BLOCK_SECTOR_SIZE], err) != 0
            ? -1
            : attach_block(dev, w->value[OPT_BLOCK], err);
}

/* For itself, as far as that is asked for. */
static int own(const struct devices *devs, unsigned i, const char *path, struct err *err)
{
    const struct device *dev = &devs->d[i];

    if (check_file(devs, i, path, err) != 0)
        return -1;
    return dev->type == MFT_DEV_BLOCK_BASIC && !dev->nolock ? lock_block(dev, path, err) : 0;
}

/* What the guest reads of the device in its manifest. */
static void publish(struct mft_entry *e, const struct device *dev, bool with_fds)
{
    if (dev->type == MFT_DEV_NET_BASIC) {
        memcpy(e->u.net_basic.mac, dev->mac, sizeof dev->mac);
        e->u.net_basic.mtu = (uint16_t)dev->mtu;
    } else {
        e->u.block_basic.capacity = dev->capacity;
        e->u.block_basic.block_size = (uint16_t)dev->block_size;
    }
    if (with_fds)
        e->b.hostfd = dev->fd;
    e->attached = true;
}

/* What the header says of it before: only what was a device has to be written. */
static void clear(struct devices *devs)
{
    devs->n_net = devs->n_block = 0;
    devs->maps = (struct device_maps){.page = 0};
    for (unsigned i = 0; i < MFT_MAX_ENTRIES; i++)
        if (devs->d[i].type != 0)
            memset(&devs->d[i], 0, sizeof devs->d[i]);
}

int devices_attach(struct devices *devs, struct manifest *m, const struct options *o,
        bool with_fds, struct err *err)
{
    struct wish wishes[MFT_MAX_ENTRIES] = {{{NULL}}};

    clear(devs);
    if (collect(wishes, m, o, err) != 0 || check_complete(wishes, m, err) != 0)
        return -1;
    for (unsigned i = 1; i < m->entries; i++) {
        struct device *dev = &devs->d[i];

        if (!manifest_is_device(&m->e[i]))
            continue;
        dev->type = m->e[i].type;
        dev->name = m->e[i].name;
        if (check_fd(devs, i, attachment(&wishes[i]), err) != 0 ||
                attach_one(dev, &wishes[i], err) != 0 ||
                own(devs, i, attachment(&wishes[i]), err) != 0)
            return -1;
        publish(&m->e[i], dev, with_fds);
        if (dev->type == MFT_DEV_NET_BASIC)
            devs->n_net++;
        else
            devs->n_block++;
    }
    return 0;
}

void devices_report(FILE *out, const char *prefix, const struct devices *devs)
{
    for (unsigned i = 1; i < MFT_MAX_ENTRIES; i++) {
        const struct device *d = &devs->d[i];
        if (d->type == MFT_DEV_NET_BASIC)
            fprintf(out, "%s: net '%s': mtu %u%s\n", prefix, d->name, d->mtu,
                    d->vhost ? ", vhost" : "");
        if (d->type == MFT_DEV_BLOCK_BASIC)
            fprintf(out, "%s: block '%s': %llu bytes in blocks of %u%s%s%s\n", prefix, d->name,
                    (unsigned long long)d->capacity, d->block_size,
                    d->read_only ? ", read-only" : "", d->nolock ? ", not locked" : "",
                    d->map ? ", mapped for small reads" : "");
    }
}

size_t devices_fds(const struct devices *devs, int fds[MFT_MAX_ENTRIES])
{
    size_t n = 0;

    for (unsigned i = 1; i < MFT_MAX_ENTRIES; i++)
        if (devs->d[i].type != 0)
            fds[n++] = devs->d[i].fd;
    return n;
}
