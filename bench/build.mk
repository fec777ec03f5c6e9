# SPDX-License-Identifier: ISC
#
# Measurements: guests of solo5.h, and host programs that do the same without a tender, their
# floors. See bench/README.md.

BENCH := $(patsubst $(S)/bench/guests/%.json,%,$(wildcard $(S)/bench/guests/*.json))
BENCH_FLOORS := $(patsubst $(S)/bench/floor/%.c,%,$(wildcard $(S)/bench/floor/*.c))
# grow.c, with so many disks or networks.
BENCH_GROW := $(foreach k,block net,$(addprefix grow_$(k)_,1 8 32 63))

ifndef CONFIG_DISABLE_ELFTOOL
BENCH_FILES := $(foreach b,$(BENCH) $(BENCH_GROW),$(addprefix bench/out/$(b).,hvt spt)) \
    $(BENCH_FLOORS:%=bench/out/%.floor) bench/out/kvm_static.floor
ALL += $(BENCH_FILES)
CLEAN += bench/out

bench/out/%.floor: obj/host/bench/floor/%.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CONFIG_HOST_CC) $(HOST_CFLAGS) $(HOST_LDFLAGS) -o $@ $^

bench/out/kvm.floor: obj/host/bench/floor/$(CONFIG_HOST_ARCH)/kvm_cpu.o
# What starts fastest.
bench/out/hello.floor bench/out/kvm_static.floor: HOST_LDFLAGS := -static
bench/out/kvm_static.floor: obj/host/bench/floor/kvm.o obj/host/bench/floor/$(CONFIG_HOST_ARCH)/kvm_cpu.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CONFIG_HOST_CC) $(HOST_CFLAGS) $(HOST_LDFLAGS) -o $@ $^

obj/guest/bench/grow_%.json: $(S)/bench/manifest
	@mkdir -p $(@D)
	$(call say,GEN,$@)$< $(subst _, ,$*) >$@

obj/guest/bench/grow_%.manifest.c: obj/guest/bench/grow_%.json $(ELFTOOL)
	$(call say,GEN,$@)$(ELFTOOL) gen-manifest $< $@

# $(1): target, $(2): pattern, $(3): object, $(4): manifest
define bench_rule
bench/out/$(2).$(1): obj/guest/bench/guests/$(3).o obj/guest/bench/$(4).manifest.o \
    obj/guest/$(GUEST_LIB).o $(TOOLCHAIN)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$(TARGET_CC_WRAPPER) -z solo5-abi=$(1) -o $$@ $$(filter obj/guest/%.o,$$^)
endef
$(foreach t,hvt spt,$(foreach b,$(BENCH),$(eval $(call bench_rule,$(t),$(b),$(b),guests/$(b)))))
$(foreach t,hvt spt,$(foreach b,$(BENCH_GROW),$(eval $(call bench_rule,$(t),$(b),grow,$(b)))))

# Here under spt; under hvt, or on another CPU, in an emulated machine.
.PHONY: bench check-bench
bench: all
	$(Q)$(S)/bench/run --build .

# Once each, for what they answer.
check-bench: can-run
	$(Q)$(S)/bench/run --build . --check
endif
