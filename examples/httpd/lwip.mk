# SPDX-License-Identifier: ISC
#
# What httpd takes of lwIP: its core with both versions of IP, and Ethernet.
LWIP_SRC := $(addprefix core/,def inet_chksum init ip mem memp netif pbuf tcp tcp_in tcp_out timeouts udp \
        $(addprefix ipv4/,dhcp etharp icmp ip4 ip4_addr ip4_frag) \
        $(addprefix ipv6/,ethip6 icmp6 inet6 ip6 ip6_addr ip6_frag mld6 nd6)) \
    netif/ethernet
