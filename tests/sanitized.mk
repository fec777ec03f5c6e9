# SPDX-License-Identifier: ISC
#
# The tenders once more with address and undefined-behaviour sanitizers, to run the same guests.
# They are nowhere but in obj/sanitized, which is like a build folder for tests/system/run, and
# are not installed.

SANITIZED := obj/sanitized
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# The emulated machine has no libraries but those of the C library and the tenders.
SANITIZE_LINK_gcc := -static-libasan -static-libubsan
SANITIZE_LINK := $(SANITIZE) $(SANITIZE_LINK_$(CONFIG_HOST_CC_KIND))

sanitized_objects = $(patsubst $(TENDER_OUT)/%,$(SANITIZED)/%,$(1))
SANITIZED_SPT := $(SANITIZED)/tenders/spt/solo5-spt
SANITIZED_HVT := $(SANITIZED)/tenders/hvt/solo5-hvt $(SANITIZED)/tenders/hvt/solo5-hvt-debug

$(SANITIZED)/tenders/%.o: EXTRA = -pthread -DSANITIZED -iquote $(S)/tenders/hvt/$(HOST_ARCH)
$(SANITIZED)/tenders/common/options.o: obj/version.h

$(SANITIZED)/%.o: $(S)/%.c Makeconf
	@mkdir -p $(@D)
	$(call say,CC,$(patsubst $(SANITIZED)/%,%,$@) (sanitized))$(CONFIG_HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $(EXTRA) -MMD -MP -c -o $@ $<

$(SANITIZED)/%.o: $(S)/%.S Makeconf
	@mkdir -p $(@D)
	$(call say,AS,$(patsubst $(SANITIZED)/%,%,$@) (sanitized))$(CONFIG_HOST_CC) $(HOST_CFLAGS) $(EXTRA) -MMD -MP -c -o $@ $<

$(SANITIZED_SPT): $(call sanitized_objects,$(SPT_OBJ) $(TENDER_COMMON_OBJ))
$(SANITIZED)/tenders/hvt/solo5-hvt: $(call sanitized_objects,$(HVT_OBJ) $(TENDER_COMMON_OBJ))
$(SANITIZED)/tenders/hvt/solo5-hvt-debug: $(call sanitized_objects,$(HVT_DEBUG_OBJ) $(TENDER_COMMON_OBJ))

SANITIZED_LIBS := -pthread
$(SANITIZED_SPT) $(SANITIZED_HVT):
	$(call say,LINK,$@)$(CONFIG_HOST_CC) $(HOST_CFLAGS) $(HOST_LDFLAGS) $(SANITIZE_LINK) -o $@ $(filter %.o,$^) $(SANITIZED_LIBS)

# What else tests/system looks for in a build folder.
.PHONY: sanitized check-sanitized
sanitized: all $(SANITIZED_SPT) $(SANITIZED_HVT)
	$(Q)mkdir -p $(SANITIZED)/tests $(SANITIZED)/examples && \
	    ln -sfn ../../../tests/out $(SANITIZED)/tests/out && \
	    ln -sfn ../../../examples/out $(SANITIZED)/examples/out && \
	    ln -sf ../../Makeconf.sh $(SANITIZED)/Makeconf.sh

check-sanitized: sanitized
	$(Q)$(S)/tests/system/sanitized $(SANITIZED) $(CASES)
