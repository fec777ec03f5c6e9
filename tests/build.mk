# SPDX-License-Identifier: ISC
#
# The test guests, and one target for each level of tests (tests/README.md).
#
# A guest is tests/guests/NAME.c, which any application could be, and NAME.json.
# It is linked for hvt and spt.
#
# GUEST_EXTRA: flags that one guest needs and others don't.

GUEST_ARCH := $(CONFIG_TARGET_ARCH)
# GCC makes calls of memcpy() of the loop in memcpy(); Clang does not.
GUEST_CFLAGS_gcc := -fno-tree-loop-distribute-patterns
GUEST_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) $(GUEST_CFLAGS_$(CONFIG_TARGET_CC_KIND)) \
    -I$(S)/tests/guests -I$(S)/tests/guests/$(GUEST_ARCH)

GUEST_LIB := tests/guests/lib

# Flags and objects that one guest needs and others don't.
obj/guest/tests/guests/tls_zero.o obj/guest-pie/tests/guests/tls_zero.o: GUEST_EXTRA = -fdata-sections
GUEST_OBJ_net_2if := obj/guest/examples/netecho/echo.o
GUEST_OBJ_mirage_net := obj/guest/examples/netecho/echo.o

GUESTS := $(patsubst $(S)/tests/guests/%.json,%,$(wildcard $(S)/tests/guests/*.json))
GUEST_IMAGES := $(foreach t,hvt spt,$(GUESTS:%=tests/out/%.$(t)))

ifndef CONFIG_DISABLE_ELFTOOL
ALL += $(GUEST_IMAGES)
CLEAN += tests/out tests/logs

obj/guest/%.o: $(S)/%.c Makeconf $(TARGET_CC_WRAPPER) | $(TOOLCHAIN_INCLUDE)
	@mkdir -p $(@D)
	$(call say,CC,$(patsubst obj/guest/%,%,$@) (guest))$(TARGET_CC_WRAPPER) $(GUEST_CFLAGS) $(GUEST_EXTRA) -MMD -MP -c -o $@ $<

obj/guest/%.o: $(S)/%.S Makeconf $(TARGET_CC_WRAPPER) | $(TOOLCHAIN_INCLUDE)
	@mkdir -p $(@D)
	$(call say,AS,$(patsubst obj/guest/%,%,$@) (guest))$(TARGET_CC_WRAPPER) $(GUEST_CFLAGS) $(GUEST_EXTRA) -MMD -MP -c -o $@ $<

# Sources of others for guests, as Debian has them. Within obj, so that `make clean` forgets
# them; the cache has them.
SOURCE_PACKAGES := lwip mbedtls zlib
$(SOURCE_PACKAGES:%=obj/source/%): obj/source/%:
	@mkdir -p $(@D)
	$(call say,SOURCE,$*)dir=$$($(S)/scripts/debian-source $*) && ln -sfn "$$dir" $@

.PRECIOUS: obj/guest/%.manifest.c
obj/guest/%.manifest.c: $(S)/%.json $(ELFTOOL)
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(ELFTOOL) gen-manifest $< $@

obj/guest/%.manifest.o: obj/guest/%.manifest.c $(TARGET_CC_WRAPPER) | $(TOOLCHAIN_INCLUDE)
	$(call say,CC,$@)$(TARGET_CC_WRAPPER) -MMD -MP -c -o $@ $<

# Most guests are their objects. ocaml is linked as its library OS links: whatever -u and
# undefined names pull out of archives that need each other.
GUEST_LINK = $(filter obj/guest/%.o,$^)
TARGET_AR = $$($(CONFIG_TARGET_CC) -print-prog-name=ar)
OCAML_IMAGES := tests/out/ocaml.hvt tests/out/ocaml.spt
$(OCAML_IMAGES): GUEST_LINK = -u __solo5_mft1_note -L $(OCAML_LIBS) obj/guest/tests/guests/ocaml.o \
    -Wl,--start-group -l manifest -l runtime -Wl,--end-group -l gcc
OCAML_LIBS := obj/guest/ocaml-libs
$(OCAML_IMAGES): $(OCAML_LIBS)/libmanifest.a $(OCAML_LIBS)/libruntime.a

$(OCAML_LIBS)/libmanifest.a: obj/guest/tests/guests/ocaml.manifest.o
$(OCAML_LIBS)/libruntime.a: obj/guest/$(GUEST_LIB).o
$(OCAML_LIBS)/%.a:
	@mkdir -p $(@D) && rm -f $@
	$(call say,AR,$@)$(TARGET_AR) rc $@ $^

# $(1): guest, $(2): target
define guest_rule
tests/out/$(1).$(2): obj/guest/tests/guests/$(1).o obj/guest/tests/guests/$(1).manifest.o \
    $(GUEST_LIB:%=obj/guest/%.o) $$(GUEST_OBJ_$(1)) $(TOOLCHAIN)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$(TARGET_CC_WRAPPER) -z solo5-abi=$(2) -o $$@ $$(GUEST_LINK)
endef
$(foreach t,hvt spt,$(foreach g,$(GUESTS),$(eval $(call guest_rule,$(g),$(t)))))

# NAME_pie: compiled and linked once more, for any address and with landing pads. All but
# ocaml, whose point is how it is linked.
PIE := -z solo5-pie -z solo5-bti
GUESTS_PIE := $(filter-out ocaml,$(GUESTS))

obj/guest-pie/%.o: $(S)/%.c Makeconf $(TARGET_CC_WRAPPER) | $(TOOLCHAIN_INCLUDE)
	@mkdir -p $(@D)
	$(call say,CC,$(patsubst obj/guest-pie/%,%,$@) (guest at any address))$(TARGET_CC_WRAPPER) $(PIE) $(GUEST_CFLAGS) $(GUEST_EXTRA) -MMD -MP -c -o $@ $<

obj/guest-pie/%.manifest.o: obj/guest/%.manifest.c $(TARGET_CC_WRAPPER) | $(TOOLCHAIN_INCLUDE)
	@mkdir -p $(@D)
	$(call say,CC,$@)$(TARGET_CC_WRAPPER) $(PIE) -MMD -MP -c -o $@ $<

# $(1): guest, $(2): target
define guest_pie_rule
ALL += tests/out/$(1)_pie.$(2)
tests/out/$(1)_pie.$(2): obj/guest-pie/tests/guests/$(1).o obj/guest-pie/tests/guests/$(1).manifest.o \
    $(GUEST_LIB:%=obj/guest-pie/%.o) $$(GUEST_OBJ_$(1):obj/guest/%=obj/guest-pie/%) $(TOOLCHAIN)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$(TARGET_CC_WRAPPER) $(PIE) -z solo5-abi=$(2) -o $$@ $$(filter obj/%.o,$$^)
endef
$(foreach t,hvt spt,$(foreach g,$(GUESTS_PIE),$(eval $(call guest_pie_rule,$(g),$(t)))))

# NAME_4k: linked once more as older toolchains did, for hosts with pages of 4 KiB.
GUESTS_4K := hello fault tls globals
define guest_4k_rule
ALL += tests/out/$(1)_4k.$(2)
tests/out/$(1)_4k.$(2): tests/out/$(1).$(2)
	$$(call say,LINK,$$@)$(TARGET_CC_WRAPPER) -z solo5-abi=$(2) -z max-page-size=0x1000 -o $$@ \
	    obj/guest/tests/guests/$(1).o obj/guest/tests/guests/$(1).manifest.o $(GUEST_LIB:%=obj/guest/%.o)
endef
$(foreach t,hvt spt,$(foreach g,$(GUESTS_4K),$(eval $(call guest_4k_rule,$(g),$(t)))))

# Guests without bindings, each for one target: TARGET_NAME.c. They have no stack
# protector, and the target's linker script but not its object.
RAW := tests/guests/raw
RAW_GUESTS := $(patsubst $(S)/$(RAW)/%.c,%,$(wildcard $(S)/$(RAW)/hvt_*.c $(S)/$(RAW)/spt_*.c))
RAW_OBJ := $(addprefix obj/guest/$(RAW)/,raw.o $(GUEST_ARCH)/start.o)
# Without a manifest of its own: one disk.
RAW_MANIFEST_hvt_ring := net
RAW_MANIFEST_hvt_ring_abuse := net
RAW_OBJ_hvt_ring := $(GUEST_OBJ_net_2if)

obj/guest/$(RAW)/%.o: GUEST_EXTRA = -fno-stack-protector -I$(S)/$(RAW) -I$(S)/$(RAW)/$(GUEST_ARCH)

# $(1): TARGET_NAME, $(2): target
define raw_rule
ALL += tests/out/$(1).$(2)
tests/out/$(1).$(2): obj/guest/$(RAW)/$(1).o $(RAW_OBJ) $(RAW_OBJ_$(1)) \
    obj/guest/$(RAW)/$(or $(RAW_MANIFEST_$(1)),manifest).manifest.o $(TOOLCHAIN)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)toolchain/bin/$(TRIPLE)-ld -T toolchain/lib/$(TRIPLE)/solo5_$(2).lds -o $$@ $$(filter obj/guest/%.o,$$^)
endef
$(foreach g,$(RAW_GUESTS),$(eval $(call raw_rule,$(g),$(firstword $(subst _, ,$(g))))))

# The attackers, one for each target: ordinary applications, which also say what they like.
HOSTILE := tests/guests/hostile
HOSTILE_OBJ_hvt := $(HOSTILE)/$(GUEST_ARCH)/trap.o $(HOSTILE)/vhost.o

obj/guest/$(HOSTILE)/%.o: GUEST_EXTRA = -I$(S)/$(HOSTILE) -I$(S)/$(HOSTILE)/$(GUEST_ARCH) \
    -I$(S)/$(RAW) -I$(S)/$(RAW)/$(GUEST_ARCH)

# $(1): target, $(2): source, $(3): image
define hostile_rule
ALL += tests/out/$(3).$(1)
tests/out/$(3).$(1): $(patsubst %,obj/guest/%,$(HOSTILE)/$(2).o $(HOSTILE)/attack.o \
    $(HOSTILE)/$(GUEST_ARCH)/$(1)_cpu.o $(HOSTILE_OBJ_$(1)) $(HOSTILE)/$(2).manifest.o $(GUEST_LIB).o) $(TOOLCHAIN)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$(TARGET_CC_WRAPPER) -z solo5-abi=$(1) -o $$@ $$(filter obj/guest/%.o,$$^)
endef
$(foreach t,hvt spt,$(eval $(call hostile_rule,$(t),$(t),hostile)))
$(eval $(call hostile_rule,spt,net,hostile_net))
endif

#
# The ladder; each prints TAP and "N passed, N failed, N skipped".
#
.PHONY: can-run check-debug check-tools check-install check-spt check-hvt check-vm check-vm-aarch64 check-vm-x86_64

# CASES="net* blk" picks some.
check-tools: all
	$(Q)$(S)/tests/toolchain/run . >obj/check-tools.tap; a=$$?; $(S)/tests/elftool/run . >>obj/check-tools.tap; b=$$?; \
	    sed -E 's/^([0-9]+ passed, .*)$$/# \1/' obj/check-tools.tap; \
	    sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$$/\1 \2 \3/p' obj/check-tools.tap | \
	    awk '{ p += $$1; f += $$2; s += $$3 } END { print p " passed, " f " failed, " s " skipped" }'; \
	    [ $$a = 0 ] && [ $$b = 0 ]

# A stranger with an installation. OTHER=DIR, a build for the other CPU: its images run, too.
check-install: all
	$(Q)$(S)/tests/install/run . $(OTHER)

# This machine, without and with its own KVM.
check-spt check-hvt: can-run
can-run: all
	$(Q)[ "$$(uname -m) $$(uname -m)" = '$(CONFIG_HOST_ARCH) $(CONFIG_TARGET_ARCH)' ] || { \
	    echo "this build's tenders or images are not for this machine" >&2; exit 1; }

check-spt:
	$(Q)$(S)/tests/system/run --target spt --build . $(CASES)

check-hvt:
	$(Q)$(S)/tests/system/run --target hvt --build . $(CASES)

# An emulated machine of the CPU this build is for.
check-vm: all
	$(Q)$(S)/tests/system/vm-run --arch $(CONFIG_HOST_ARCH) --build . $(CASES)

check-vm-aarch64 check-vm-x86_64: check-vm-%:
	$(Q)[ $* = $(CONFIG_HOST_ARCH) ] || { \
	    echo "make $@: this build is for $(CONFIG_HOST_ARCH); use a build folder for $* (docs/building.md)" >&2; exit 1; }
	$(Q)$(MAKE) --no-print-directory check-vm

# Core files made in such a machine, read here.
check-debug: all
	$(Q)$(S)/tests/debug/run .

# Other boards, other page sizes, the slow cases, sanitizers, valgrind where it can run: an hour
# and more.
VALGRIND_LEVEL := $(and $(findstring $(shell uname -m),$(CONFIG_HOST_ARCH)),check-valgrind)
.PHONY: check-long
check-long: all
	$(Q)s=0; $(S)/tests/system/long . || s=1; \
	    for t in check-sanitized $(VALGRIND_LEVEL); do $(MAKE) --no-print-directory $$t || s=1; done; exit $$s

# What the system tests need on the host's side.
SYSTEM_TOOLS := tests/out/helper tests/out/pings tests/out/web tests/out/frames
ALL += $(SYSTEM_TOOLS) tests/out/site.tar

$(SYSTEM_TOOLS): tests/out/%: obj/host/tests/system/%.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CONFIG_HOST_CC) $(HOST_CFLAGS) $(HOST_LDFLAGS) -o $@ $^

# Pages for httpd. A test that compares a page makes it anew.
tests/out/site.tar: $(S)/tests/build.mk
	@mkdir -p $(@D) obj/site/folder
	$(call say,TAR,$@)cd obj/site && echo '<p>A page on the disk' >index.html && \
	    echo '<p>In a folder' >folder/index.html && seq 1 100000 >big.txt && seq 1 700 >small.txt && \
	    tar --format=ustar -c . >$(CURDIR)/$@
