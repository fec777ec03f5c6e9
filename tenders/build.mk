# SPDX-License-Identifier: ISC
#
# The tenders: common code of both, then each one's own list of sources.

HOST_ARCH := $(CONFIG_HOST_ARCH)

TENDER_COMMON_SRC := $(notdir $(wildcard $(S)/tenders/common/*.c))
TENDER_COMMON_OBJ := $(TENDER_COMMON_SRC:%.c=obj/host/tenders/common/%.o)

obj/host/tenders/common/options.o: obj/version.h

SPT_SRC := $(wildcard $(S)/tenders/spt/*.c $(S)/tenders/spt/$(HOST_ARCH)/*.[cS])
SPT_OBJ := $(patsubst $(S)/%,obj/host/%.o,$(basename $(SPT_SRC)))
HVT_SRC := $(wildcard $(S)/tenders/hvt/*.c $(S)/tenders/hvt/$(HOST_ARCH)/*.[cS])
HVT_OBJ := $(patsubst $(S)/%,obj/host/%.o,$(basename $(HVT_SRC)))

# solo5-hvt-debug has debug/ in the place of hooks_none.c.
HVT_DEBUG := $(S)/tenders/hvt/debug
HVT_DEBUG_SRC := $(filter-out %/hooks_none.c,$(HVT_SRC)) \
    $(wildcard $(HVT_DEBUG)/*.c $(HVT_DEBUG)/$(HOST_ARCH)/*.c)
HVT_DEBUG_OBJ := $(patsubst $(S)/%,obj/host/%.o,$(basename $(HVT_DEBUG_SRC)))
HVT_TENDERS := tenders/hvt/solo5-hvt tenders/hvt/solo5-hvt-debug

TENDERS :=
ifneq ($(CONFIG_SPT_TENDER),)
TENDERS += tenders/spt/solo5-spt
endif
ifneq ($(CONFIG_HVT_TENDER),)
TENDERS += $(HVT_TENDERS)
endif
ALL += $(TENDERS)
CLEAN += $(TENDERS)

tenders/spt/solo5-spt: $(SPT_OBJ) $(TENDER_COMMON_OBJ)
tenders/hvt/solo5-hvt: $(HVT_OBJ) $(TENDER_COMMON_OBJ)
tenders/hvt/solo5-hvt-debug: $(HVT_DEBUG_OBJ) $(TENDER_COMMON_OBJ)

# The net ring has a thread.
obj/host/tenders/hvt/%.o: EXTRA += -pthread
$(HVT_TENDERS): LIBS += -pthread

.PHONY: tenders
tenders: $(TENDERS)

$(TENDERS):
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CONFIG_HOST_CC) $(HOST_CFLAGS) $(HOST_LDFLAGS) -o $@ $^ $(LIBS)

install-tenders: $(TENDERS)
	$(INSTALL) -d "$(PREFIX)/bin"
	$(INSTALL) $(TENDERS) "$(PREFIX)/bin"
	$(INSTALL) -d "$(PREFIX)/share/man/man1"
	$(INSTALL) -m 0644 $(patsubst %,$(S)/docs/man/%.1,$(notdir $(TENDERS))) "$(PREFIX)/share/man/man1"
