# SPDX-License-Identifier: ISC
#
# Proofs by trying everything: prove_NAME.c includes the code as it is, with its integers made
# so narrow that all inputs can be tried, or tries all inputs of a size. Narrow integers are
# Clang's _BitInt: they wrap at their width as uint64_t does at its own, and are not promoted
# to int, so code that names no width of its own does the same at any.

PROVE := $(patsubst $(S)/tests/prove/prove_%.c,%,$(wildcard $(S)/tests/prove/prove_*.c))
PROVE_BIN := $(PROVE:%=obj/prove/prove_%)
PROVE_CFLAGS := -std=c11 -O2 -D_GNU_SOURCE $(WARNINGS) -Wno-constant-conversion \
    -Wno-unused-function -Wno-shift-count-overflow -Wno-tautological-constant-out-of-range-compare \
    -I$(S)/include/solo5 -I$(S)/tenders/common -I$(S)/tests/unit $(shell $(UNIT_PKG_CONFIG) --cflags cmocka)

obj/prove/%.o: $(S)/%.c Makeconf
	@mkdir -p $(@D)
	$(call say,CC,$(patsubst obj/prove/%,%,$@) (prove))$(FUZZ_CC) $(PROVE_CFLAGS) -MMD -MP -c -o $@ $<

define prove_program
obj/prove/prove_$(1): obj/prove/tests/prove/prove_$(1).o $$(patsubst %.c,obj/prove/%.o,$$(shell sed -n 's/^ \* links: *//p' $(S)/tests/prove/prove_$(1).c))
	$$(call say,LINK,$$(@F))$$(FUZZ_CC) -o $$@ $$(filter %.o,$$^) $$(UNIT_LIBS) -pthread
endef
$(foreach t,$(PROVE),$(eval $(call prove_program,$(t))))

.PHONY: prove
prove: $(PROVE_BIN)
	$(Q)$(S)/tests/unit/run $^
