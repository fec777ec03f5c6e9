/* SPDX-License-Identifier: ISC */
/* lwipopts.h: lwIP as httpd uses it; what each option does is in lwIP's opt.h. */
#ifndef HTTPD_LWIPOPTS_H
#define HTTPD_LWIPOPTS_H

/* One thread, the raw API, no sockets. */
#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_SINGLE_NETIF 1
#define LWIP_NETIF_HOSTNAME 1
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_STATS 0

/*
 * Memory. Pools are threaded into lists at the start, which touches every page of them;
 * of the heap only what is used is ever touched. So there are pools for what must be
 * limited in number, and frames come from the heap (net.c).
 */
#define MEM_ALIGNMENT 8
#define MEM_SIZE (5 * 1024 * 1024)
#define MEMP_NUM_TCP_PCB 1100 /* SERVER_CONNECTIONS_MAX and some that wait for their end */
#define MEMP_NUM_TCP_PCB_LISTEN 2
#define MEMP_NUM_TCP_SEG 3328 /* server.c's budget of pieces, and SYNs and FINs */
#define MEMP_NUM_PBUF 1664    /* for every second piece, those of pages that are not copied */
#define PBUF_POOL_SIZE 16 /* for lwIP's own use: fragments */

/* Frames of up to 9000 bytes: what goes out is cut to the interface's MTU. */
#define TCP_MSS (9000 - 40)
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (64 * 1024 - 1)
#define TCP_SND_QUEUELEN 128 /* small segments, too */
#define TCP_OVERSIZE 0         /* no room behind what is copied that nobody counts */
#define TCP_SNDLOWAT (16 * 1024) /* for lwIP's check of the others only */
#define LWIP_TCP_RTO_TIME 1000 /* RFC 6298, 2.1 */
#define TCP_QUEUE_OOSEQ 0 /* requests are short: nobody keeps memory with what can't be used yet */
#define TCP_LISTEN_BACKLOG 1

#define LWIP_IPV4 1
#define LWIP_ARP 1
#define ARP_TABLE_SIZE 32
#define ARP_QUEUEING 1
#define LWIP_ICMP 1
#define LWIP_UDP 1
#define LWIP_DHCP 1
#define DHCP_CREATE_RAND_XID 1
#define DHCP_DOES_ARP_CHECK 0
#define IP_REASSEMBLY 1
#define IP_REASS_MAX_PBUFS 16
#define IP_FRAG 1

#define LWIP_IPV6 1
#define LWIP_IPV6_MLD 1
#define IPV6_FRAG_COPYHEADER 1 /* pointers of 64 bits */
#define LWIP_ND6_NUM_NEIGHBORS 32

#define LWIP_NETIF_TX_SINGLE_PBUF 0
#define LWIP_CHKSUM_ALGORITHM 3

/* Where the sequence numbers of a connection start depends on a secret (RFC 6528). */
#define LWIP_HOOK_FILENAME "hooks.h"
#define LWIP_HOOK_TCP_ISN(local, local_port, remote, remote_port)                 \
    net_isn(local, local_port, remote, remote_port)

/* guard.c has a look first. */
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, header, optlen, opt1len, opt2, p)         \
    guard_segment(pcb, header)

#endif /* HTTPD_LWIPOPTS_H */
