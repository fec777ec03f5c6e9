# SPDX-License-Identifier: ISC
#
# Unit tests, solo5-elftool and what tenders do before a guest runs, under valgrind. obj/valgrind is
# like a build folder whose programs are scripts that run the real ones. The unit tests are
# compiled without sanitizers for it: both can't be in one program.

VALGRIND := obj/valgrind
VALGRIND_RUN := valgrind -q --error-exitcode=99 --child-silent-after-fork=yes

# valgrind knows no seccomp filter, no Landlock and no rseq(2), maps memory where it likes
# (MAP_FIXED_NOREPLACE), and reads what is mapped.
VALGRIND_NOT := test_block_map test_faults_hvt test_faults_spt test_filter test_guest_mem test_island \
    test_policy_spt test_ring test_run test_sandbox test_walls
VALGRIND_UNIT := $(filter-out $(VALGRIND_NOT),$(notdir $(UNIT_BIN)))
VALGRIND_UNIT_RUN := $(VALGRIND_UNIT:%=$(VALGRIND)/run/%)
VALGRIND_PROGRAMS := $(addprefix $(VALGRIND)/,$(ELFTOOL) $(TENDERS))

$(VALGRIND)/%.o: $(S)/%.c Makeconf
	@mkdir -p $(@D)
	$(call say,CC,$(patsubst $(VALGRIND)/%,%,$@) (valgrind))$(UNIT_CC) $(filter-out -fsanitize=% -fno-sanitize%,$(UNIT_CFLAGS)) -MMD -MP -c -o $@ $<

$(VALGRIND)/tenders/common/options.o $(VALGRIND)/elftool/main.o: obj/version.h

define valgrind_program
$(VALGRIND)/unit/$(1): $(VALGRIND)/tests/unit/$(1).o $$(patsubst %.c,$(VALGRIND)/%.o,$$(shell sed -n 's/^ \* links: *//p' $(S)/tests/unit/$(1).c))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$(@F) (valgrind))$$(UNIT_CC) $$(call unit_wraps,$(1)) \
	    -o $$@ $$(filter %.o,$$^) $$(UNIT_LIBS)
endef
$(foreach t,$(VALGRIND_UNIT),$(eval $(call valgrind_program,$(t))))

valgrind_script = printf '\#!/bin/sh\nexec $(VALGRIND_RUN) %s "$$@"\n' "$(CURDIR)/$(1)" >$@ && chmod +x $@

$(VALGRIND_UNIT_RUN): $(VALGRIND)/run/%: $(VALGRIND)/unit/%
	@mkdir -p $(@D)
	$(Q)$(call valgrind_script,$<)

$(VALGRIND_PROGRAMS): $(VALGRIND)/%: %
	@mkdir -p $(@D)
	$(Q)$(call valgrind_script,$*)

.PHONY: check-valgrind
check-valgrind: can-run $(VALGRIND_UNIT_RUN) $(VALGRIND_PROGRAMS)
	$(Q)mkdir -p $(VALGRIND)/tests $(VALGRIND)/examples && \
	    ln -sfn ../../toolchain $(VALGRIND)/toolchain && \
	    ln -sfn ../../../tests/out $(VALGRIND)/tests/out && \
	    ln -sfn ../../../examples/out $(VALGRIND)/examples/out && \
	    ln -sf ../../Makeconf.sh $(VALGRIND)/Makeconf.sh
	$(Q)$(S)/tests/system/valgrind $(VALGRIND) $(VALGRIND_UNIT_RUN)
