# SPDX-License-Identifier: ISC
#
# The bindings: for each target one relocatable object and one linker script, in
# toolchain/lib/<triple>/ where the wrappers look for them.

BINDINGS_ARCH := $(CONFIG_TARGET_ARCH)
BINDINGS_OBJ := obj/target/bindings
BINDINGS_LIB := toolchain/lib/$(CONFIG_TARGET_TRIPLE)

# Traps happen at any instruction and save no FP or SIMD registers, nor do they keep
# off the red zone; on AArch64 there is no red zone. hvt/aarch64/frame_copy.S takes some, in
# calls that may change them; no trap handler comes there.
BINDINGS_CFLAGS_x86_64 := -mno-red-zone -mno-mmx -mno-sse -mno-80387
# Landing pads and signed return addresses are NOPs for CPUs, or machines, without them.
BINDINGS_CFLAGS_aarch64 := -mgeneral-regs-only -mbranch-protection=standard

# GCC hides its own headers with -nostdinc, and makes calls of memcpy() of the loop
# in memcpy().
BINDINGS_CFLAGS_gcc = -isystem $(shell $(CONFIG_TARGET_CC) -print-file-name=include) \
    -fno-tree-loop-distribute-patterns
BINDINGS_CFLAGS_clang :=

# Clang's assembler takes no prefix map.
BINDINGS_ASFLAGS_clang := -g0

# The image is static. Position independent ones have bindings of their own (solo5_TARGET_pie):
# in these, tables of pointers are where the tender can change them, and code is a little longer.
BINDINGS_CFLAGS_fixed := -fno-pic -fno-pie
BINDINGS_CFLAGS_pie := -fPIE

BINDINGS_CFLAGS := $(CONFIG_TARGET_CC_CFLAGS) -ffreestanding -fstack-protector-strong \
    -std=gnu11 -O2 -g $(WARNINGS) -fno-common \
    -fno-asynchronous-unwind-tables $(PREFIX_MAP) \
    $(BINDINGS_CFLAGS_$(BINDINGS_ARCH)) $(BINDINGS_CFLAGS_$(CONFIG_TARGET_CC_KIND)) \
    -I$(S)/include/solo5 -I$(S)/bindings -I$(S)/bindings/$(BINDINGS_ARCH) -Iobj

# entry.o first: _start is at the beginning of the image.
BINDINGS_COMMON := $(BINDINGS_ARCH)/entry start abort block bounds cmdline console ext format heap log \
    manifest net random string time tls tls_layout
BINDINGS_hvt := $(BINDINGS_COMMON) $(BINDINGS_ARCH)/cpu $(BINDINGS_ARCH)/vectors \
    hvt/target hvt/batch hvt/clock hvt/ring hvt/vhost hvt/$(BINDINGS_ARCH)/frame_copy
BINDINGS_spt := $(BINDINGS_COMMON) spt/target spt/$(BINDINGS_ARCH)/block_copy
BINDINGS_stub := stub/stub

BINDINGS_GLOBAL := _start __stack_chk_guard __stack_chk_fail solo5_*

BINDINGS := hvt spt stub hvt_pie spt_pie
ALL += $(foreach b,$(BINDINGS),$(BINDINGS_LIB)/solo5_$(b).o $(BINDINGS_LIB)/solo5_$(b).lds)
CLEAN += $(BINDINGS_LIB)

# $(1): fixed or pie, which are in folders of these names.
define bindings_compile
$(BINDINGS_OBJ)/$(1)/start.o: obj/version.h
$(BINDINGS_OBJ)/$(1)/hvt/%.o: EXTRA = -I$(S)/bindings/hvt/$(BINDINGS_ARCH)
$(BINDINGS_OBJ)/$(1)/spt/%.o: EXTRA = -I$(S)/bindings/spt/$(BINDINGS_ARCH)

$(BINDINGS_OBJ)/$(1)/%.o: $(S)/bindings/%.c Makeconf $(S)/bindings/build.mk
	@mkdir -p $$(@D)
	$$(call say,CC,$$(patsubst obj/target/%,%,$$@) (target))$(CONFIG_TARGET_CC) $(BINDINGS_CFLAGS) $(BINDINGS_CFLAGS_$(1)) $$(EXTRA) -MMD -MP -c -o $$@ $$<

$(BINDINGS_OBJ)/$(1)/%.o: $(S)/bindings/%.S Makeconf $(S)/bindings/build.mk
	@mkdir -p $$(@D)
	$$(call say,AS,$$(patsubst obj/target/%,%,$$@) (target))$(CONFIG_TARGET_CC) $(BINDINGS_CFLAGS) $(BINDINGS_CFLAGS_$(1)) $(BINDINGS_ASFLAGS_$(CONFIG_TARGET_CC_KIND)) $$(EXTRA) -MMD -MP -c -o $$@ $$<
endef
$(foreach v,fixed pie,$(eval $(call bindings_compile,$(v))))

# $(1): target, $(2): empty or _pie, $(3): fixed or pie. All but the interface becomes local.
define bindings_rule
$(BINDINGS_OBJ)/solo5_$(1)$(2).o: $(BINDINGS_$(1):%=$(BINDINGS_OBJ)/$(3)/%.o)
	$$(call say,LD,$$(patsubst obj/target/%,%,$$@))$(CONFIG_TARGET_LD) -r -o $$@ $$^

$(BINDINGS_LIB)/solo5_$(1)$(2).o: $(BINDINGS_OBJ)/solo5_$(1)$(2).o
	@mkdir -p $$(@D)
	$$(call say,OBJCOPY,$$@)$(CONFIG_TARGET_OBJCOPY) -w $$(BINDINGS_GLOBAL:%=-G '%') $$< $$@

$(BINDINGS_LIB)/solo5_$(1)$(2).lds: $(S)/bindings/$(1)/solo5_$(1).lds.S $(S)/bindings/image.lds.h \
    $(wildcard $(S)/bindings/$(1)/known.h) $(S)/bindings/build.mk
	@mkdir -p $$(@D)
	$$(call say,CPP,$$@)$(CONFIG_TARGET_CC) -E -P -x c -std=c11 $$(if $(2),-DPIE) -I$(S)/bindings -o $$@ $$<
endef
$(foreach t,hvt spt stub,$(eval $(call bindings_rule,$(t),,fixed)))
$(foreach t,hvt spt,$(eval $(call bindings_rule,$(t),_pie,pie)))
