# SPDX-License-Identifier: ISC
#
# The examples, built within the tree (each has a Makefile of its own for use
# outside of it).

# Those with a build.mk of their own are built by that.
EXAMPLES := $(filter-out $(patsubst $(S)/examples/%/build.mk,%,$(wildcard $(S)/examples/*/build.mk)), \
    $(patsubst $(S)/examples/%/manifest.json,%,$(wildcard $(S)/examples/*/manifest.json)))
EXAMPLE_IMAGES := $(foreach t,hvt spt,$(EXAMPLES:%=examples/out/%.$(t)))

ifndef CONFIG_DISABLE_ELFTOOL
ALL += $(EXAMPLE_IMAGES)
CLEAN += examples/out

.PHONY: examples
examples: $(EXAMPLE_IMAGES)

# Sources an example borrows from another one.
EXAMPLE_EXTRA_netdisk := obj/guest/examples/netecho/echo.o

# $(1): example, $(2): target. The rules for obj/guest are those of the test guests.
define example_rule
examples/out/$(1).$(2): $(patsubst $(S)/%.c,obj/guest/%.o,$(wildcard $(S)/examples/$(1)/*.c)) \
    $(EXAMPLE_EXTRA_$(1)) obj/guest/examples/$(1)/manifest.manifest.o $(TOOLCHAIN)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$(TARGET_CC_WRAPPER) -z solo5-abi=$(2) -o $$@ $$(filter obj/guest/%.o,$$^)
endef
$(foreach t,hvt spt,$(foreach e,$(EXAMPLES),$(eval $(call example_rule,$(e),$(t)))))

# NAME_pie: compiled and linked once more, for any address.
define example_pie_rule
ALL += examples/out/$(1)_pie.$(2)
examples/out/$(1)_pie.$(2): $(patsubst $(S)/%.c,obj/guest-pie/%.o,$(wildcard $(S)/examples/$(1)/*.c)) \
    $(EXAMPLE_EXTRA_$(1):obj/guest/%=obj/guest-pie/%) obj/guest-pie/examples/$(1)/manifest.manifest.o $(TOOLCHAIN)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$(TARGET_CC_WRAPPER) $$(PIE) -z solo5-abi=$(2) -o $$@ $$(filter obj/%.o,$$^)
endef
$(foreach t,hvt spt,$(foreach e,$(EXAMPLES),$(eval $(call example_pie_rule,$(e),$(t)))))

include $(wildcard $(S)/examples/*/build.mk)
endif
