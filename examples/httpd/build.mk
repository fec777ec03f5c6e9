# SPDX-License-Identifier: ISC
#
# httpd is built on lwIP, whose source Debian has (scripts/debian-source). `make httpd`
# fetches it once; from then on httpd is part of what a plain make builds.

HTTPD_DIR := obj/guest/examples/httpd
HTTPD_IMAGES := $(foreach t,hvt spt,examples/out/httpd.$(t) examples/out/httpd_pie.$(t))
HTTPD_OBJ := $(patsubst $(S)/%.c,obj/guest/%.o,$(wildcard $(S)/examples/httpd/*.c $(S)/examples/httpd/libc/*.c))

include $(S)/examples/httpd/lwip.mk
LWIP_OBJ := $(LWIP_SRC:%=$(HTTPD_DIR)/lwip/%.o)

.PHONY: httpd
httpd: $(HTTPD_IMAGES)

ifneq ($(wildcard obj/source/lwip/.),)
ALL += $(HTTPD_IMAGES)
endif

HTTPD_INCLUDE := -I$(S)/examples/httpd/libc -I$(S)/examples/httpd/lwip -isystem obj/source/lwip/src/include
HTTPD_PIE_OBJ := $(HTTPD_OBJ:obj/guest/%=obj/guest-pie/%)
LWIP_PIE_OBJ := $(LWIP_OBJ:obj/guest/%=obj/guest-pie/%)
$(HTTPD_OBJ) $(HTTPD_PIE_OBJ): GUEST_EXTRA = $(HTTPD_INCLUDE)
$(HTTPD_OBJ) $(LWIP_OBJ) $(HTTPD_PIE_OBJ) $(LWIP_PIE_OBJ): | obj/source/lwip

$(HTTPD_DIR)/lwip/%.o: $(S)/examples/httpd/lwip/lwipopts.h $(TARGET_CC_WRAPPER) | $(TOOLCHAIN_INCLUDE)
	@mkdir -p $(@D)
	$(call say,CC,$(patsubst obj/guest/%,%,$@) (guest))$(TARGET_CC_WRAPPER) $(GUEST_CFLAGS) -w $(HTTPD_INCLUDE) -MMD -MP -c \
	    -o $@ obj/source/lwip/src/$*.c

$(LWIP_PIE_OBJ): obj/guest-pie/examples/httpd/lwip/%.o: $(S)/examples/httpd/lwip/lwipopts.h $(TARGET_CC_WRAPPER) | $(TOOLCHAIN_INCLUDE)
	@mkdir -p $(@D)
	$(call say,CC,$(patsubst obj/guest-pie/%,%,$@) (guest at any address))$(TARGET_CC_WRAPPER) $(PIE) $(GUEST_CFLAGS) -w $(HTTPD_INCLUDE) -MMD -MP -c \
	    -o $@ obj/source/lwip/src/$*.c

# args.c reads addresses as netecho does.
HTTPD_EXTRA := obj/guest/examples/netecho/echo.o $(HTTPD_DIR)/manifest.manifest.o

examples/out/httpd.%: $(HTTPD_OBJ) $(LWIP_OBJ) $(HTTPD_EXTRA) $(TOOLCHAIN)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(TARGET_CC_WRAPPER) -z solo5-abi=$* -o $@ $(filter obj/guest/%.o,$^)

examples/out/httpd_pie.%: $(HTTPD_PIE_OBJ) $(LWIP_PIE_OBJ) $(HTTPD_EXTRA:obj/guest/%=obj/guest-pie/%) $(TOOLCHAIN)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(TARGET_CC_WRAPPER) $(PIE) -z solo5-abi=$* -o $@ $(filter obj/%.o,$^)
