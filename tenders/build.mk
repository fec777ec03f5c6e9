# SPDX-License-Identifier: ISC
#
# The tenders: common code of both, then each one's own list of sources.

HOST_ARCH := $(CONFIG_HOST_ARCH)

# Objects of tenders, which the tools that share a source with them don't take with another C library.
TENDER_OUT := $(if $(CONFIG_HOST_MUSL),obj/musl,obj/host)

TENDER_COMMON_SRC := $(notdir $(wildcard $(S)/tenders/common/*.c))
TENDER_COMMON_OBJ := $(TENDER_COMMON_SRC:%.c=$(TENDER_OUT)/tenders/common/%.o)

$(TENDER_OUT)/tenders/common/options.o: obj/version.h

SPT_SRC := $(wildcard $(S)/tenders/spt/*.c $(S)/tenders/spt/$(HOST_ARCH)/*.[cS])
SPT_OBJ := $(patsubst $(S)/%,$(TENDER_OUT)/%.o,$(basename $(SPT_SRC)))
HVT_SRC := $(wildcard $(S)/tenders/hvt/*.c $(S)/tenders/hvt/$(HOST_ARCH)/*.[cS])
HVT_OBJ := $(patsubst $(S)/%,$(TENDER_OUT)/%.o,$(basename $(HVT_SRC)))

# solo5-hvt-debug has debug/ in the place of hooks_none.c.
HVT_DEBUG := $(S)/tenders/hvt/debug
HVT_DEBUG_SRC := $(filter-out %/hooks_none.c,$(HVT_SRC)) \
    $(wildcard $(HVT_DEBUG)/*.c $(HVT_DEBUG)/$(HOST_ARCH)/*.c)
HVT_DEBUG_OBJ := $(patsubst $(S)/%,$(TENDER_OUT)/%.o,$(basename $(HVT_DEBUG_SRC)))
HVT_TENDERS := tenders/hvt/solo5-hvt tenders/hvt/solo5-hvt-debug

TENDERS :=
ifneq ($(CONFIG_SPT_TENDER),)
TENDERS += tenders/spt/solo5-spt
endif
ifneq ($(CONFIG_HVT_TENDER),)
TENDERS += $(HVT_TENDERS)
endif
ALL += $(TENDERS)
CLEAN += $(TENDERS)

tenders/spt/solo5-spt: $(SPT_OBJ) $(TENDER_COMMON_OBJ)
tenders/hvt/solo5-hvt: $(HVT_OBJ) $(TENDER_COMMON_OBJ)
tenders/hvt/solo5-hvt-debug: $(HVT_DEBUG_OBJ) $(TENDER_COMMON_OBJ)

# Most of a tender runs once, before its guest does, and each page that is touched then costs a fault:
# small is fast. What a guest waits for is compiled like all else, and so is the island of solo5-spt,
# which may call nothing, not even a memcpy(3) that a small copy may become.
TENDER_HOT := $(addprefix $(TENDER_OUT)/tenders/,$(addprefix common/,guest_mem.o waitset.o block_map.o) \
    $(addprefix hvt/,run.o hc_block.o hc_core.o hc_net.o ring.o sigbus.o $(HOST_ARCH)/exit_kvm.o) \
    $(addprefix spt/,island.o signals.o))
$(filter-out $(TENDER_HOT),$(sort $(TENDER_COMMON_OBJ) $(SPT_OBJ) $(HVT_OBJ) $(HVT_DEBUG_OBJ))): HOST_OPTIMIZE := -Os

# The net ring has a thread. Its lock is a load and a store in place of a call that, before main(),
# looks for a CPU with better, where the compiler knows both.
ifeq ($(HOST_ARCH),aarch64)
HVT_ATOMICS := $(shell $(CONFIG_HOST_CC) -mno-outline-atomics -E -x c /dev/null >/dev/null 2>&1 && \
    echo -mno-outline-atomics)
endif
$(TENDER_OUT)/tenders/hvt/%.o: EXTRA += -pthread $(HVT_ATOMICS) -iquote $(S)/tenders/hvt/$(HOST_ARCH)
ifndef CONFIG_HOST_MUSL
$(HVT_TENDERS): LIBS += -pthread
endif

# configure.sh --static. C library and all, they can be anywhere in memory, too.
TENDER_LDFLAGS = $(if $(CONFIG_HOST_STATIC),$(patsubst -pie,-static-pie,$(HOST_LDFLAGS)),$(HOST_LDFLAGS))

# configure.sh --static=musl. The kernel's headers are linked to one by one (see there).
ifneq ($(CONFIG_HOST_MUSL),)
TENDER_LIBC_FIRST := -nostdlib $(CONFIG_HOST_MUSL_FIRST)
TENDER_LIBC_LAST := $(CONFIG_HOST_MUSL_LAST)
TENDER_LIBC_OBJ := $(patsubst $(S)/%.c,obj/musl/%.o,$(wildcard $(S)/tenders/musl/*.c))
MUSL_CFLAGS := $(CONFIG_HOST_MUSL_CFLAGS) -isystem obj/musl/kernel
$(TENDERS): $(TENDER_LIBC_OBJ)

obj/musl/kernel: Makeconf
	$(Q)rm -rf $@ && mkdir -p $@ && ln -s $(CONFIG_HOST_KERNEL_HEADERS) $@

obj/musl/%.o: $(S)/%.c Makeconf | obj/musl/kernel
	@mkdir -p $(@D)
	$(call say,CC,$(patsubst obj/musl/%,%,$@) (musl))$(CONFIG_HOST_CC) $(HOST_CPPFLAGS) $(HOST_CFLAGS) $(MUSL_CFLAGS) $(EXTRA) -MMD -MP -c -o $@ $<

obj/musl/%.o: $(S)/%.S Makeconf | obj/musl/kernel
	@mkdir -p $(@D)
	$(call say,AS,$(patsubst obj/musl/%,%,$@) (musl))$(CONFIG_HOST_CC) $(HOST_CPPFLAGS) $(HOST_CFLAGS) $(MUSL_CFLAGS) $(EXTRA) -MMD -MP -c -o $@ $<
endif

# Without what the linker leaves free in the file. A linker that does not show its script does without.
ifeq ($(HOST_ARCH),aarch64)
TENDER_LAYOUT := $(TENDER_OUT)/tenders/layout.flags
# For an erratum of Cortex-A53 (843419) the linker puts 4 KiB of room for other instructions into a
# program that has one of those that it is about. This small, another form of the same one will do.
NEAR = $(shell echo 'int main(void) { return 0; }' | $(CONFIG_HOST_CC) -Wl,--fix-cortex-a53-843419=adr \
    -x c -o /dev/null - 2>/dev/null && echo -Wl,--fix-cortex-a53-843419=adr)
$(TENDER_OUT)/tenders/layout.flags: $(S)/tenders/layout.sed $(S)/tenders/build.mk Makeconf
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(CONFIG_HOST_CC) $(TENDER_LDFLAGS) -Wl,--verbose 2>/dev/null | \
	    sed -n '/^=====/,/^=====/{/^=====/!p}' | sed -f $< >$(@:.flags=.lds); \
	    if grep -q relro_padding $(@:.flags=.lds); then echo -Wl,-T,$(@:.flags=.lds) $(NEAR); fi >$@
endif

.PHONY: tenders
tenders: $(TENDERS)

$(TENDERS): $(TENDER_LAYOUT)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CONFIG_HOST_CC) $(HOST_CFLAGS) $(TENDER_LDFLAGS) $(TENDER_LAYOUT:%=@%) \
	    -o $@ $(TENDER_LIBC_FIRST) $(filter %.o,$^) $(LIBS) $(TENDER_LIBC_LAST)

install-tenders: $(TENDERS)
	$(INSTALL) -d "$(PREFIX)/bin"
	$(INSTALL) $(TENDERS) "$(PREFIX)/bin"
	$(INSTALL) -d "$(PREFIX)/share/man/man1"
	$(INSTALL) -m 0644 $(patsubst %,$(S)/docs/man/%.1,$(notdir $(TENDERS))) "$(PREFIX)/share/man/man1"
