# SPDX-License-Identifier: ISC
#
# Measurements: guests of solo5.h, and for each a host program that does the same
# without a tender, its floor. See bench/README.md.

BENCH := $(patsubst $(S)/bench/guests/%.c,%,$(wildcard $(S)/bench/guests/*.c))

ifndef CONFIG_DISABLE_ELFTOOL
BENCH_FILES := $(foreach b,$(BENCH),$(addprefix bench/out/$(b).,hvt spt floor))
ALL += $(BENCH_FILES)
CLEAN += bench/out

bench/out/%.floor: obj/host/bench/floor/%.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CONFIG_HOST_CC) $(HOST_CFLAGS) $(HOST_LDFLAGS) -o $@ $^

# $(1): target
define bench_rule
bench/out/%.$(1): obj/guest/bench/guests/%.o obj/guest/bench/guests/manifest.manifest.o \
    obj/guest/$(GUEST_LIB).o $(TOOLCHAIN)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$(TARGET_CC_WRAPPER) -z solo5-abi=$(1) -o $$@ $$(filter obj/guest/%.o,$$^)
endef
$(foreach t,hvt spt,$(eval $(call bench_rule,$(t))))

# Here under spt; under hvt, or on another CPU, in an emulated machine.
.PHONY: bench
bench: all
	$(Q)$(S)/bench/run --build .
endif
