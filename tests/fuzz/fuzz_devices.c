/* SPDX-License-Identifier: ISC */
/*
 * Devices: the input's first byte is the manifest, the rest the words of a command line. What
 * they say is accepted exactly if each device is attached, once, each option is about one that
 * there is, and each value is one: all of it worked out a second time. What opens files and
 * interfaces is not the input's to choose, and not here: a value's first letter says what is
 * behind it.
 *
 * links: tenders/common/devices.c tenders/common/options.c tenders/common/manifest.c
 * links: tenders/common/image.c tenders/common/err.c
 */
#include "fuzz.h"

#include <regex.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "devices.h"
#include "words.h"

#define DEVICES 5

static struct err err;
static struct manifest manifest;
static int files[3]; /* the first two are one file */

/* Of a device: the value of each option that is about it, NULL for none. */
static struct wanted {
    const char *value[DEVICE_OPTIONS];
} wanted[DEVICES];

static bool is_net(unsigned i)
{
    return manifest.e[i].type == MFT_DEV_NET_BASIC;
}

static bool is_for_net(enum device_option what)
{
    return what == OPT_NET || what == OPT_NET_MAC;
}

static const char *attached_to(unsigned i)
{
    return wanted[i].value[is_net(i) ? OPT_NET : OPT_BLOCK];
}

static bool matches(const char *text, const char *pattern)
{
    regex_t re;

    MUST(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) == 0);
    int r = regexec(&re, text, 0, NULL, 0);
    regfree(&re);
    return r == 0;
}

/*
 * The host: a, b, c are files; any other letter is a descriptor of nothing, from OURS up; ! can't
 * be opened, and what begins with & is another's. @N is the descriptor N, which no file has.
 */
#define OURS 1000

static long number_of(const char *value)
{
    return matches(value, "^@0*[0-9]{1,9}$") ? strtol(value + 1, NULL, 10) : -1;
}

static int fd_of(const char *value)
{
    if (number_of(value) >= 0)
        return (int)number_of(value);
    return value[0] >= 'a' && value[0] <= 'c' ? files[value[0] - 'a'] : OURS + (uint8_t)value[0];
}

static bool is_openable(const char *value)
{
    return value[0] != '!' && (value[0] != '@' || number_of(value) >= OURS);
}

static int attach(struct device *dev, const char *value, struct err *e)
{
    if (!is_openable(value))
        return err_set(e, "can't be opened");
    dev->fd = fd_of(value);
    return 0;
}

int attach_net(struct device *dev, const char *iface, struct err *e)
{
    dev->mtu = 1500;
    return attach(dev, iface, e);
}

int attach_block(struct device *dev, const char *path, struct err *e)
{
    dev->capacity = 8ULL * dev->block_size;
    return attach(dev, path, e);
}

int lock_block(const struct device *dev, const char *path, struct err *e)
{
    MUST(!dev->nolock);
    return path[0] == '&' ? err_set(e, "locked") : 0;
}

/*
 * The rules once more
 */

/* Which device an option is about: of this name and kind, or the only one; 0 for none. */
static unsigned find(const struct device_setting *s)
{
    unsigned found = 0, n = 0;

    for (unsigned i = 1; i < manifest.entries; i++)
        if (is_net(i) == is_for_net(s->what) &&
                (!*s->name || strcmp(s->name, manifest.e[i].name) == 0)) {
            found = i;
            n++;
        }
    return n == 1 ? found : 0;
}

static bool mac_of(const char *text, unsigned mac[6])
{
    if (!matches(text, "^[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}$"))
        return false;
    MUST(sscanf(text, "%x:%x:%x:%x:%x:%x", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) == 6);
    return (mac[0] & 1) == 0;
}

static unsigned sector_size_of(const char *text)
{
    if (!text)
        return 512;
    return matches(text, "^0*(512|1024|2048|4096|8192|16384|32768)$")
            ? (unsigned)strtoul(text, NULL, 10)
            : 0;
}

/* a and b are one file, c is another, the rest are none. */
static int file_of(const char *value)
{
    return value[0] >= 'a' && value[0] <= 'c' ? 1 + (value[0] == 'c') : 0;
}

/* The later names a descriptor that the earlier has, or it is a file that both would lock. */
static bool are_at_odds(unsigned later, unsigned earlier)
{
    const struct wanted *a = &wanted[later], *b = &wanted[earlier];
    const char *x = attached_to(later), *y = attached_to(earlier);

    if (number_of(x) == fd_of(y))
        return true;
    return !is_net(later) && !is_net(earlier) && file_of(x) > 0 && file_of(x) == file_of(y) &&
            !a->value[OPT_BLOCK_NOLOCK] &&
            !b->value[OPT_BLOCK_NOLOCK] && !(a->value[OPT_BLOCK_RO] && b->value[OPT_BLOCK_RO]);
}

static bool is_good(unsigned i)
{
    const struct wanted *w = &wanted[i];
    unsigned mac[6];

    if (!attached_to(i) || !is_openable(attached_to(i)))
        return false;
    if (is_net(i))
        return !w->value[OPT_NET_MAC] || mac_of(w->value[OPT_NET_MAC], mac);
    return sector_size_of(w->value[OPT_BLOCK_SECTOR_SIZE]) > 0 &&
            (w->value[OPT_BLOCK_NOLOCK] || attached_to(i)[0] != '&');
}

static bool all_allowed(const struct options *o)
{
    memset(wanted, 0, sizeof wanted);
    for (size_t k = 0; k < o->n_settings; k++) {
        const struct device_setting *s = &o->settings[k];
        unsigned i = find(s);
        if (i == 0 || ((s->what == OPT_NET || s->what == OPT_BLOCK) && wanted[i].value[s->what]))
            return false;
        wanted[i].value[s->what] = s->value;
    }
    for (unsigned i = 1; i < manifest.entries; i++) {
        if (!is_good(i))
            return false;
        for (unsigned k = 1; k < i; k++)
            if (are_at_odds(i, k))
                return false;
    }
    return true;
}

static void check_mac(const struct device *dev, const char *text)
{
    unsigned mac[6] = {0}, all = 0;

    if (text)
        MUST(mac_of(text, mac));
    for (size_t i = 0; i < 6; i++)
        all |= mac[i];
    for (size_t i = 0; i < 6 && all; i++)
        MUST(dev->mac[i] == mac[i]);
    MUST(all || (dev->mac[0] & 3) == 2); /* made up: local, and no group */
}

/* The device, and what the guest reads of it. */
static void check_device(const struct device *dev, unsigned i, bool with_fds)
{
    const struct mft_entry *e = &manifest.e[i];
    const struct wanted *w = &wanted[i];

    MUST(dev->type == e->type && strcmp(dev->name, e->name) == 0);
    MUST(dev->fd == fd_of(attached_to(i)) && e->attached);
    MUST(e->b.hostfd == (with_fds ? dev->fd : 0));
    if (is_net(i)) {
        check_mac(dev, w->value[OPT_NET_MAC]);
        MUST(memcmp(e->u.net_basic.mac, dev->mac, 6) == 0 && e->u.net_basic.mtu == 1500);
        return;
    }
    MUST(dev->block_size == sector_size_of(w->value[OPT_BLOCK_SECTOR_SIZE]));
    MUST(dev->read_only == !!w->value[OPT_BLOCK_RO] && dev->nolock == !!w->value[OPT_BLOCK_NOLOCK]);
    MUST(e->u.block_basic.block_size == dev->block_size);
    MUST(e->u.block_basic.capacity == 8ULL * dev->block_size);
}

static void check_devices(const struct devices *devs, bool with_fds)
{
    unsigned nets = 0;

    for (unsigned i = 1; i < MFT_MAX_ENTRIES; i++) {
        bool is_there = i < manifest.entries;
        for (int type = MFT_DEV_BLOCK_BASIC; type <= MFT_DEV_NET_BASIC; type++)
            MUST(devices_get(devs, i, (mft_type_t)type) ==
                    (is_there && (int)manifest.e[i].type == type ? &devs->d[i] : NULL));
        if (!is_there)
            continue;
        check_device(&devs->d[i], i, with_fds);
        nets += is_net(i);
    }
    MUST(devs->n_net == nets && devs->n_block == manifest.entries - 1 - nets);
}

/* Up to four devices, of either kind. */
static void make_manifest(uint8_t how)
{
    static const char *const names[] = {"", "a", "net1", "disk", "b"};

    manifest = (struct manifest){.version = 1, .entries = 1 + how % DEVICES};
    manifest.e[0].type = MFT_RESERVED_FIRST;
    for (unsigned i = 1; i < manifest.entries; i++) {
        strcpy(manifest.e[i].name, names[i]);
        manifest.e[i].type = how >> (3 + i) & 1 ? MFT_DEV_NET_BASIC : MFT_DEV_BLOCK_BASIC;
    }
}

static void try_devices(const struct options *o, bool with_fds)
{
    static struct devices devs; /* as an earlier call left it */
    bool good = devices_attach(&devs, &manifest, o, with_fds, &err) == 0;

    MUST(good == all_allowed(o));
    if (good)
        check_devices(&devs, with_fds);
    else
        MUST(*err.text && !strchr(err.text, '\n'));
}

static void open_files(void)
{
    if (files[0] > 0)
        return;
    files[0] = memfd_create("one", MFD_CLOEXEC);
    files[1] = dup(files[0]);
    files[2] = memfd_create("two", MFD_CLOEXEC);
    MUST(files[0] >= 0 && files[1] >= 0 && files[2] >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *argv[WORDS_MAX + 1];
    struct options o = {0};

    if (size < 1)
        return -1;
    open_files();
    make_manifest(bytes[0]);
    char *text = copy_words(bytes + 1, size - 1, argv);
    if (options_parse(&o, TENDER_SPT, argv, &err) == 0) {
        if (!o.help && !o.version)
            try_devices(&o, bytes[0] & 8);
        options_free(&o);
    }
    free(text);
    return 0;
}
