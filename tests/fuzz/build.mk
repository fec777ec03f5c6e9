# SPDX-License-Identifier: ISC
#
# Fuzzing: fuzz_NAME.c is one target, a function for libFuzzer that stops where an answer
# can't be right. It says what it links in a comment line " * links: FILE...", as a unit
# test does. corpus/NAME has small inputs to begin with, NAME.dict, if there is one, words
# that are worth trying.
#
#   make fuzz T=60 FUZZ="http tar"      seconds for each target, and which

T := 5
FUZZ := $(patsubst $(S)/tests/fuzz/fuzz_%.c,%,$(wildcard $(S)/tests/fuzz/fuzz_*.c))
FUZZ_BIN := $(FUZZ:%=obj/fuzz/fuzz_%)

# libFuzzer is part of Clang, whatever the rest is built with.
FUZZ_CC := clang
FUZZ_CFLAGS := -std=c11 -O1 -g -D_GNU_SOURCE $(WARNINGS) \
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
    -I$(S)/include/solo5 -I$(S)/tenders/common -I$(S)/elftool

obj/fuzz/%.o: $(S)/%.c Makeconf
	@mkdir -p $(@D)
	$(call say,CC,$(patsubst obj/fuzz/%,%,$@) (fuzz))$(FUZZ_CC) $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

define fuzz_program
obj/fuzz/fuzz_$(1): obj/fuzz/tests/fuzz/fuzz_$(1).o $$(patsubst %.c,obj/fuzz/%.o,$$(shell sed -n 's/^ \* links: *//p' $(S)/tests/fuzz/fuzz_$(1).c))
	$$(call say,LINK,$$(@F))$$(FUZZ_CC) $$(FUZZ_CFLAGS) -o $$@ $$(filter %.o,$$^)
endef
$(foreach t,$(FUZZ),$(eval $(call fuzz_program,$(t))))

.PHONY: fuzz
fuzz: $(FUZZ_BIN)
	$(Q)$(S)/tests/fuzz/run $(T) $^
