# SPDX-License-Identifier: ISC
#
# Unit tests: programs that run on the machine that builds, with sanitizers on.
# A test says what it links in a comment line " * links: FILE..."; each file is a
# source relative to the top, compiled here a second time with the sanitizers. Calls in
# " * wraps: CALL..." go to its __wrap_CALL(), and from there as __real_CALL() to the C library.

UNIT_SRC := $(wildcard $(S)/tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:$(S)/%.c=obj/unit/%)

UNIT_CC := $(CONFIG_BUILD_CC)
UNIT_PKG_CONFIG := $(or $(BUILD_PKG_CONFIG),pkg-config)
UNIT_CFLAGS = -std=c11 -O1 -g -D_GNU_SOURCE $(WARNINGS) \
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
    -I$(S)/include/solo5 -I$(S)/tenders/common -I$(S)/elftool -I$(S)/tests/unit -I$(S)/bindings -Iobj \
    $(shell $(UNIT_PKG_CONFIG) --cflags cmocka libseccomp jansson) -DSRCDIR='"$(S)"' -DBUILDDIR='"$(CURDIR)"'
UNIT_LIBS = $(shell $(UNIT_PKG_CONFIG) --libs cmocka libseccomp jansson) -lfdt

obj/unit/%.o: $(S)/%.c Makeconf
	@mkdir -p $(@D)
	$(call say,CC,$(patsubst obj/unit/%,%,$@) (unit))$(UNIT_CC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

obj/unit/tenders/common/options.o: obj/version.h
obj/unit/elftool/main.o: obj/version.h

comma := ,
unit_wraps = $(patsubst %,-Wl$(comma)--wrap=%,\
    $(shell sed -n 's/^ \* wraps: *//p' $(S)/tests/unit/$(1).c))

define unit_program
obj/unit/tests/unit/$(1): obj/unit/tests/unit/$(1).o $$(patsubst %.c,obj/unit/%.o,$$(shell sed -n 's/^ \* links: *//p' $(S)/tests/unit/$(1).c))
	$$(call say,LINK,$$(@F) (unit))$$(UNIT_CC) $$(UNIT_CFLAGS) \
	    $$(call unit_wraps,$(1)) -o $$@ $$(filter %.o,$$^) $$(UNIT_LIBS)
endef
$(foreach t,$(notdir $(UNIT_BIN)),$(eval $(call unit_program,$(t))))

.PHONY: unit check-unit
unit: $(UNIT_BIN)

check-unit: unit
	$(Q)$(S)/tests/unit/run $(UNIT_BIN)
