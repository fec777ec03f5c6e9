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
    -I$(S)/include/solo5 -I$(S)/tenders/common -I$(S)/elftool -iquote $(S)/tests/fuzz -Iobj \
    $(shell $(UNIT_PKG_CONFIG) --cflags jansson)
FUZZ_LIBS = $(shell $(UNIT_PKG_CONFIG) --libs jansson) -pthread

obj/fuzz/%.o: $(S)/%.c Makeconf
	@mkdir -p $(@D)
	$(call say,CC,$(patsubst obj/fuzz/%,%,$@) (fuzz))$(FUZZ_CC) $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

obj/fuzz/tenders/common/options.o: obj/version.h

define fuzz_program
obj/fuzz/fuzz_$(1): obj/fuzz/tests/fuzz/fuzz_$(1).o $$(patsubst %.c,obj/fuzz/%.o,$$(shell sed -n 's/^ \* links: *//p' $(S)/tests/fuzz/fuzz_$(1).c))
	$$(call say,LINK,$$(@F))$$(FUZZ_CC) $$(FUZZ_CFLAGS) -o $$@ $$(filter %.o,$$^) $$(FUZZ_LIBS)
endef
$(foreach t,$(FUZZ),$(eval $(call fuzz_program,$(t))))

.PHONY: fuzz
fuzz: $(FUZZ_BIN)
	$(Q)$(S)/tests/fuzz/run $(T) $^

# What fuzzing begins with is committed; this makes those of it that are no text.
FUZZ_SEEDS := hello.hvt hello.spt net_2if.hvt tls.hvt hello_4k.spt mft_maxdevices.hvt hello_pie.hvt hello_pie.spt

.PHONY: fuzz-seeds
fuzz-seeds: obj/fuzz/seeds $(FUZZ_SEEDS:%=tests/out/%)
	$(Q)obj/fuzz/seeds $(S)/tests/fuzz/corpus $(FUZZ_SEEDS:%=tests/out/%)

obj/fuzz/seeds: $(S)/tests/fuzz/seeds.c $(addprefix $(S)/tenders/common/,image.c manifest.c err.c)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(UNIT_CC) $(UNIT_CFLAGS) -o $@ $^ $(UNIT_LIBS)

# The same programs with counters, on what is committed and what was found here.
FUZZ_COV_BIN := $(FUZZ:%=obj/fuzz-coverage/fuzz_%)
FUZZ_COV_CFLAGS = $(FUZZ_CFLAGS) -O0 -fprofile-instr-generate -fcoverage-mapping

define fuzz_coverage_program
obj/fuzz-coverage/fuzz_$(1): obj/fuzz/fuzz_$(1)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$(@F) (coverage))$$(FUZZ_CC) $$(FUZZ_COV_CFLAGS) -o $$@ $(S)/tests/fuzz/fuzz_$(1).c \
	    $$(addprefix $(S)/,$$(shell sed -n 's/^ \* links: *//p' $(S)/tests/fuzz/fuzz_$(1).c)) $$(FUZZ_LIBS)
endef
$(foreach t,$(FUZZ),$(eval $(call fuzz_coverage_program,$(t))))

.PHONY: fuzz-coverage
fuzz-coverage: $(FUZZ_COV_BIN)
	$(Q)$(S)/tests/fuzz/coverage obj/fuzz/corpus $^
