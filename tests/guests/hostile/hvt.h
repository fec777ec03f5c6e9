/* SPDX-License-Identifier: ISC */
/*
 * hvt.h: a hostile guest of solo5-hvt. What it says in machine terms is in each CPU's folder.
 */
#ifndef HOSTILE_HVT_H
#define HOSTILE_HVT_H

#include "attack.h"
#include "cpu_hvt.h"

/* One past the last byte of memory that requests may name. */
extern uint64_t mem_size;

/* A CPU's own. TRIED: whatever comes of an instruction, the guest goes on. */
extern const struct attack cpu_tried[];
/* Each the last thing that the guest does, or the tender lets it do. */
extern const struct attack cpu_single[];

/* vhost.c: on --net-accel=vhost. */
extern const struct attack vhost_attacks[];

/* Set up what cpu_try() needs. */
void cpu_prepare(void);

/* Run F: 0, or a number other than 0 that says which exception ended it. */
uint64_t cpu_try(void (*f)(void));

/* What is asked by number: registers or functions. Uses cpu_try(), so not to be tried itself. */
void cpu_probe(void);

/* Page tables of the guest's own, made at ROOM: all of the first 4 GiB, no restriction. */
#define CPU_TABLES_SIZE (8 * 4096)
void cpu_map_everything(void *room);

/* No page tables at all: what they should be at is not there. */
void cpu_map_nothing(void);

/* A line of its own about an outcome. */
void note(const char *what, uint64_t value);

#endif /* HOSTILE_HVT_H */
