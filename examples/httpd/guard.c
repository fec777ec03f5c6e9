/* SPDX-License-Identifier: ISC */
#include "guard.h"

#include "lwip/priv/nd6_priv.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/timeouts.h"

#include "hooks.h"

static bool again;
static u32_t all_read; /* lwIP's slow timer at that time */

/* lwIP's slow timer, of half a second. In this time the SYN's answer is sent again, or the
 * client asks for something, if its first answer was lost. */
#define PATIENCE_TICKS 6

/*
 * Who has not answered for longest is forgotten for the next one: otherwise 255 of them keep
 * all others out for 20 seconds. Answers may still be among the frames that wait: what counts
 * is the time until there was none. If nobody had that time, who comes now has to come again.
 */
static void make_room(const struct tcp_pcb_listen *listener)
{
    struct tcp_pcb *oldest = NULL;

    if (listener->accepts_pending < listener->backlog)
        return;
    /* New ones are put in front. */
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        if (pcb->state == SYN_RCVD &&
                (!oldest || tcp_ticks - pcb->tmr >= tcp_ticks - oldest->tmr))
            oldest = pcb;
    if (oldest && (s32_t)(all_read - oldest->tmr) >= PATIENCE_TICKS)
        tcp_abandon(oldest, 0);
}

/*
 * A client may open a connection anew that we remember for two minutes after its end, if its
 * sequence numbers go on from there (RFC 9293, 3.10.7.4, in TIME-WAIT); lwIP only says that
 * it remembers it. So the memory of it goes, and lwIP gets the frame again.
 */
static err_t reopen(struct tcp_pcb *pcb, const struct tcp_hdr *header)
{
    if ((TCPH_FLAGS(header) & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN ||
            !TCP_SEQ_GT(header->seqno, pcb->rcv_nxt))
        return ERR_OK;
    tcp_abort(pcb);
    again = true;
    return ERR_ABRT;
}

/* Further apart than buffers and windows are large. lwIP's comparisons of three numbers are wrong
 * half of all numbers away, and an assertion fails. */
static bool is_far(u32_t a, u32_t b)
{
    const u32_t most = 0x20000;

    return a - b + most > 2 * most;
}

/*
 * We agree on no options. Of a later MSS lwIP makes its own at once, to which the segments
 * that it has already cut do not fit: an assertion would fail. A new connection attempt it
 * only answers with an acknowledgement, which its sender has to hear of.
 */
static bool is_acceptable(const struct tcp_pcb *pcb, const struct tcp_hdr *header)
{
    const u8_t flags = TCPH_FLAGS(header);

    if ((flags & TCP_SYN) && pcb->state != SYN_RCVD)
        return true;
    return TCPH_HDRLEN(header) == TCP_HLEN / 4 && !is_far(header->seqno, pcb->rcv_nxt) &&
            !((flags & TCP_ACK) && is_far(header->ackno, pcb->snd_nxt));
}

err_t guard_segment(struct tcp_pcb *pcb, const struct tcp_hdr *header)
{
    switch (pcb->state) {
    case LISTEN:
        if (TCPH_FLAGS(header) & TCP_SYN)
            make_room((const struct tcp_pcb_listen *)pcb);
        return ERR_OK;
    case TIME_WAIT:
        return reopen(pcb, header);
    default:
        return is_acceptable(pcb, header) ? ERR_OK : ERR_VAL;
    }
}

/* lwIP believes any MTU of a path, with which it may cut packets into pieces of nothing for
 * ever. There is no link with less than this (RFC 8201, 4). */
static void raise_mtus(void)
{
    for (unsigned i = 0; i < LWIP_ND6_NUM_DESTINATIONS; i++)
        if (destination_cache[i].pmtu && destination_cache[i].pmtu < IPV6_MTU_MIN)
            destination_cache[i].pmtu = IPV6_MTU_MIN;
}

void guard_all_read(void)
{
    all_read = tcp_ticks;
}

bool guard_after_frame(void)
{
    bool was = again;

    again = false;
    raise_mtus();
    return was;
}

/*
 * An acknowledgement can take away what lwIP probes a closed window with, or the probe be on
 * its way as a segment, and its timer goes on: an assertion would fail.
 */
void guard_before_timers(void)
{
    if (sys_timeouts_sleeptime() > 0)
        return;
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        if (!pcb->unsent || pcb->unacked)
            pcb->persist_backoff = 0;
}
