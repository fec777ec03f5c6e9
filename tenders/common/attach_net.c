/* SPDX-License-Identifier: ISC */
#include "devices.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_MTU 1500

static int fail(const char *iface, const char *why, struct err *err)
{
    return err_set(err, "Could not attach interface: %s: %s", iface, why);
}

static int fail_errno(const char *iface, struct err *err)
{
    return err_errno(err, "Could not attach interface: %s", iface);
}

static void set_name(struct ifreq *ifr, const char *name)
{
    memset(ifr, 0, sizeof *ifr);
    memcpy(ifr->ifr_name, name, strnlen(name, IFNAMSIZ - 1));
}

/*
 * Segmentation offloads put frames larger than the MTU on the interface; a guest
 * has no room for them. Best effort: it needs CAP_NET_ADMIN, and an interface set
 * up by an administrator may have them off already.
 */
static void offloads_off(int sock, const char *name)
{
    static const uint32_t off[] = {ETHTOOL_SGRO, ETHTOOL_SGSO};

    for (size_t i = 0; i < sizeof off / sizeof off[0]; i++) {
        struct ethtool_value v = {.cmd = off[i], .data = 0};
        struct ifreq ifr;
        set_name(&ifr, name);
        ifr.ifr_data = (void *)&v;
        (void)ioctl(sock, SIOCETHTOOL, &ifr);
    }
}

/*
 * A persistent tap keeps what its last owner could take: frames without checksum and
 * larger than the MTU, which need a header that guests are not given.
 */
static void tap_offloads_off(int tap)
{
    (void)ioctl(tap, TUNSETOFFLOAD, 0);
}

static int get_mtu(int sock, const char *name, uint32_t *mtu)
{
    struct ifreq ifr;

    set_name(&ifr, name);
    if (ioctl(sock, SIOCGIFMTU, &ifr) != 0)
        return -1;
    /* The guest is told 16 bits. */
    *mtu = ifr.ifr_mtu < 1 ? 1 : ifr.ifr_mtu > UINT16_MAX ? UINT16_MAX : (uint32_t)ifr.ifr_mtu;
    return 0;
}

/* There, and up or running. */
static int check_interface(int sock, const char *name, struct err *err)
{
    struct ifreq ifr;

    set_name(&ifr, name);
    if (ioctl(sock, SIOCGIFFLAGS, &ifr) != 0)
        return errno == ENODEV ? fail(name, "no such interface", err)
                               : fail_errno(name, err);
    if (!(ifr.ifr_flags & (IFF_UP | IFF_RUNNING)))
        return fail(name, "the interface is down (ip link set it up)", err);
    return 0;
}

/* Bind the descriptor of /dev/net/tun to the existing tap NAME. */
static int bind_tap(int fd, const char *name, struct err *err)
{
    struct ifreq ifr;

    set_name(&ifr, name);
    ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(fd, TUNSETIFF, &ifr) != 0) {
        switch (errno) {
        case EBUSY:
            return fail(name, "the tap is in use by another process", err);
        case EINVAL:
            return fail(name, "not a tap interface with one queue", err);
        case EPERM:
            return fail(name, "permission denied: the tap belongs to another user", err);
        default:
            return fail_errno(name, err);
        }
    }
    /* A name such as tap%d would have made a new interface. */
    if (strncmp(ifr.ifr_name, name, IFNAMSIZ) != 0)
        return fail(name, "no such interface", err);
    return 0;
}

static int attach_by_name(struct device *dev, const char *name, struct err *err)
{
    if (strlen(name) >= IFNAMSIZ)
        return fail(name, "the name has more than 15 characters", err);
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock < 0)
        return fail_errno(name, err);
    int fd = -1;
    if (check_interface(sock, name, err) != 0)
        goto out;
    fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        err_errno(err, "Could not attach interface: %s: /dev/net/tun", name);
        goto out;
    }
    if (bind_tap(fd, name, err) != 0)
        goto out_close;
    if (get_mtu(sock, name, &dev->mtu) != 0) {
        fail_errno(name, err);
        goto out_close;
    }
    tap_offloads_off(fd);
    offloads_off(sock, name);
    dev->is_tap = true;
    dev->fd = fd;
    close(sock);
    return 0;

out_close:
    close(fd);
out:
    close(sock);
    return -1;
}

/*
 * Is the interface NAME of this network namespace the one behind the tap? A tap from
 * another namespace has a name, too, and here that may be a stranger's.
 */
static bool is_same_interface(int sock, int tap, const char *name)
{
    struct ifreq by_name, by_fd;

    set_name(&by_name, name);
    memset(&by_fd, 0, sizeof by_fd);
    return ioctl(sock, SIOCGIFHWADDR, &by_name) == 0 &&
            ioctl(tap, SIOCGIFHWADDR, &by_fd) == 0 &&
            memcmp(by_name.ifr_hwaddr.sa_data, by_fd.ifr_hwaddr.sa_data, 6) == 0;
}

/* What only a tap can tell: its framing must be ours; its MTU. */
static int inspect_tap(int fd, const char *iface, uint32_t *mtu, struct err *err)
{
    struct ifreq ifr;
    char name[IFNAMSIZ];

    memset(&ifr, 0, sizeof ifr);
    if (ioctl(fd, TUNGETIFF, &ifr) != 0)
        return fail(iface, "not a tap that is bound to an interface", err);
    if (!(ifr.ifr_flags & IFF_TAP) || !(ifr.ifr_flags & IFF_NO_PI) ||
            (ifr.ifr_flags & IFF_VNET_HDR))
        return fail(iface,
                "the tap's frames have a header (needed: IFF_TAP, IFF_NO_PI, no "
                "IFF_VNET_HDR)",
                err);
    memcpy(name, ifr.ifr_name, IFNAMSIZ);
    name[IFNAMSIZ - 1] = 0;
    tap_offloads_off(fd);

    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock < 0)
        return fail_errno(iface, err);
    if (is_same_interface(sock, fd, name) && get_mtu(sock, name, mtu) == 0)
        offloads_off(sock, name);
    close(sock);
    return 0;
}

/* A socket that keeps frames apart: not a byte stream, and not a listener. */
static int inspect_socket(int fd, const char *iface, bool *connected, struct err *err)
{
    int type = 0, listens = 0;
    socklen_t len = sizeof(int);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0)
        return fail_errno(iface, err);
    len = sizeof(int);
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens)
        return fail(iface, "the socket listens for connections", err);
    if (type == SOCK_STREAM)
        return fail(iface, "a stream socket does not keep frames apart", err);
    *connected = type == SOCK_SEQPACKET;
    return 0;
}

static int attach_by_fd(struct device *dev, const char *iface, struct err *err)
{
    struct stat st;

    int fd = inherited_fd(iface);
    if (fd < 0 || fstat(fd, &st) != 0)
        return fail(iface, "not an open descriptor above 2 (write a name that begins with "
                           "@ as ./@name)",
                err);
    if (!S_ISCHR(st.st_mode) && !S_ISSOCK(st.st_mode))
        return fail(iface, "neither a tap nor a socket", err);
    int mode = fcntl(fd, F_GETFL);
    if (mode < 0)
        return fail_errno(iface, err);
    if ((mode & O_ACCMODE) != O_RDWR)
        return fail(iface, "not open for reading and writing", err);
    dev->mtu = DEFAULT_MTU;
    dev->is_tap = !S_ISSOCK(st.st_mode);
    int r = S_ISSOCK(st.st_mode) ? inspect_socket(fd, iface, &dev->connected, err)
                                 : inspect_tap(fd, iface, &dev->mtu, err);
    if (r != 0)
        return -1;
    if (fcntl(fd, F_SETFL, mode | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return fail_errno(iface, err);
    dev->fd = fd;
    return 0;
}

int attach_net(struct device *dev, const char *iface, struct err *err)
{
    if (iface[0] == '@')
        return attach_by_fd(dev, iface, err);
    /* ./@x names the interface @x. */
    if (iface[0] == '.' && iface[1] == '/')
        iface += 2;
    return attach_by_name(dev, iface, err);
}
