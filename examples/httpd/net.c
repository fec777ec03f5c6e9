/* SPDX-License-Identifier: ISC */
#include "net.h"

#include <string.h>

#include "lwip/dhcp.h"
#include "lwip/ethip6.h"
#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/mld6.h"
#include "lwip/netif.h"
#include "lwip/pbuf.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"

#include "guard.h"
#include "hooks.h"
#include "say.h"
#include "solo5.h"
#include "stats.h"

#define MTU_MAX 9000 /* of what is sent; a larger one of the interface is for others */
#define FRAME_MAX 65535

/* While nothing is going on lwIP's timers of 100 ms and more are looked at every other second
 * only, so that an idle server hardly ever wakes up. */
#define IDLE_MS 2000
#define MS UINT64_C(1000000)

/* After so many frames timers get their turn. */
#define FRAMES_AT_ONCE 64

static struct netif netif;
static solo5_handle_t handle;
static struct solo5_net_info info;
static bool uses_dhcp;
static uint64_t started, now; /* ns */
static uint64_t random_state;

void net_failed(const char *assertion)
{
    say("httpd: lwIP: ");
    say(assertion);
    say("\n");
    solo5_abort();
}

static uint64_t mixed(uint64_t v)
{
    /* The finalizer of MurmurHash3: every bit depends on every bit. */
    v = (v ^ v >> 33) * UINT64_C(0xff51afd7ed558ccd);
    v = (v ^ v >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return v ^ v >> 33;
}

unsigned net_random(void)
{
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    return (unsigned)mixed(random_state);
}

/* Random bytes of the host where the tender has them, else the clocks. */
static void seed(uint64_t *secret)
{
    uint64_t bytes[2];

    if (solo5_random_seed((uint8_t *)bytes, sizeof bytes) != SOLO5_R_OK) {
        bytes[0] = mixed(solo5_clock_wall());
        bytes[1] = mixed(solo5_clock_monotonic() ^ bytes[0]);
    }
    random_state = bytes[0];
    *secret = bytes[1];
}

static uint64_t isn_secret;

u32_t net_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port)
{
    const ip_addr_t *address[] = {local, remote};
    uint64_t h = mixed(isn_secret ^ ((uint64_t)local_port << 16 | remote_port));

    for (unsigned i = 0; i < 2; i++)
        for (unsigned k = 0; k < (IP_IS_V6(address[i]) ? 4U : 1U); k++)
            h = mixed(h ^ isn_secret ^ ip_2_ip6(address[i])->addr[k]);
    /* RFC 9293, 3.4.1: and a clock of 4 microseconds. */
    return (u32_t)h + (u32_t)(now / 4000);
}

static err_t send(struct netif *nif, struct pbuf *p)
{
    static uint8_t frame[SOLO5_NET_HLEN + MTU_MAX];
    const void *at = p->payload;

    (void)nif;
    if (p->next) {
        if (p->tot_len > sizeof frame)
            return ERR_BUF;
        pbuf_copy_partial(p, frame, p->tot_len, 0);
        at = frame;
    }
    if (solo5_net_write(handle, at, p->tot_len) != SOLO5_R_OK) {
        stats.frames.not_sent++;
        return ERR_IF;
    }
    stats.frames.sent++;
    return ERR_OK;
}

static err_t init(struct netif *nif)
{
    nif->name[0] = 'e';
    nif->name[1] = 'n';
    nif->hostname = "httpd";
    nif->output = etharp_output;
    nif->output_ip6 = ethip6_output;
    nif->linkoutput = send;
    nif->mtu = (u16_t)LWIP_MIN(info.mtu, MTU_MAX);
    nif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
            NETIF_FLAG_LINK_UP | NETIF_FLAG_MLD6;
    nif->hwaddr_len = SOLO5_NET_ALEN;
    memcpy(nif->hwaddr, info.mac_address, SOLO5_NET_ALEN);
    return ERR_OK;
}

/* lwIP calls it for every change of the interface. */
static void say_address(struct netif *nif)
{
    static ip4_addr_t said;

    if (ip4_addr_cmp(netif_ip4_addr(nif), &said))
        return;
    ip4_addr_copy(said, *netif_ip4_addr(nif));
    say("httpd: http://");
    say(ip4addr_ntoa(netif_ip4_addr(nif)));
    say("/\n");
}

/* In lower case, as RFC 5952 wants it. */
static void say_ipv6(const ip6_addr_t *address)
{
    char *s = ip6addr_ntoa(address);

    for (char *p = s; *p; p++)
        if (*p >= 'A' && *p <= 'F')
            *p = (char)(*p - 'A' + 'a');
    say("httpd: http://[");
    say(s);
    say("]/\n");
}

static void start_ipv6(void)
{
    if (info.mtu < IPV6_MTU_MIN) {
        say("httpd: no IPv6: the MTU is below 1280\n");
        return;
    }
    netif_create_ip6_linklocal_address(&netif, 1);
    netif.ip6_autoconfig_enabled = 1;
    say_ipv6(netif_ip6_addr(&netif, 0));
}

static ip4_addr_t ip4(const uint8_t a[4])
{
    ip4_addr_t v;

    memcpy(&v, a, 4);
    return v;
}

bool net_open(const struct net_config *config)
{
    ip4_addr_t address = ip4(config->address), gateway = ip4(config->gateway);
    ip4_addr_t mask = {.addr = lwip_htonl(config->prefix ? ~0U << (32 - config->prefix) : 0)};

    if (solo5_net_acquire("net", &handle, &info) != SOLO5_R_OK) {
        say("httpd: no network\n");
        return false;
    }
    started = now = solo5_clock_monotonic();
    seed(&isn_secret);
    lwip_init();
    netif_add(&netif, &address, &mask, &gateway, NULL, init, netif_input);
    netif_set_default(&netif);
    netif_set_up(&netif);
    say_address(&netif);
    netif_set_status_callback(&netif, say_address);
    start_ipv6();
    uses_dhcp = config->dhcp;
    if (uses_dhcp && dhcp_start(&netif) != ERR_OK) {
        say("httpd: no memory for DHCP\n");
        return false;
    }
    return true;
}

/* A copy of the right size: lwIP looks for room from the front of its heap, and behind many
 * small holes it takes long to find a large one. False if there is no memory for it. */
static bool give(const uint8_t *frame, size_t size)
{
    struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)size, PBUF_RAM);

    if (!p)
        return false;
    pbuf_take(p, frame, (u16_t)size);
    if (netif.input(p, &netif) != ERR_OK)
        pbuf_free(p);
    return true;
}

/* One frame to lwIP; false if there is none. */
static bool receive(void)
{
    static uint8_t frame[FRAME_MAX];
    size_t size;

    if (solo5_net_read(handle, frame, LWIP_MIN(info.mtu + SOLO5_NET_HLEN, FRAME_MAX), &size) !=
            SOLO5_R_OK)
        return false;
    if (give(frame, size) && (!guard_after_frame() || give(frame, size)))
        stats.frames.received++;
    else
        stats.frames.not_received++;
    return true;
}

/* Does somebody wait for an answer that a timer gives: a connection, a DHCP server, whoever
 * asks who is in a group of IPv6? */
static bool is_busy(void)
{
    if (tcp_active_pcbs || (uses_dhcp && !dhcp_supplied_address(&netif)))
        return true;
    for (const struct mld_group *g = netif_mld6_data(&netif); g; g = g->next)
        if (g->timer > 0)
            return true;
    return false;
}

static uint64_t time_to_wait(void)
{
    uint64_t ms = sys_timeouts_sleeptime();

    return ms > IDLE_MS || is_busy() ? ms : IDLE_MS;
}

bool net_work(void)
{
    unsigned n = 0;

    now = solo5_clock_monotonic();
    while (n < FRAMES_AT_ONCE && receive())
        n++;
    if (n < FRAMES_AT_ONCE)
        guard_all_read();
    guard_before_timers();
    sys_check_timeouts();
    return n == FRAMES_AT_ONCE;
}

void net_wait(void)
{
    solo5_yield(now + time_to_wait() * MS, NULL);
}

uint64_t net_now_ms(void)
{
    return (now - started) / MS;
}

u32_t sys_now(void)
{
    return (u32_t)net_now_ms();
}
