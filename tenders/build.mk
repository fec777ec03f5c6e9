# SPDX-License-Identifier: ISC
#
# The tenders: common code of both, then each one's own list of sources.

HOST_ARCH := $(CONFIG_HOST_ARCH)

TENDER_COMMON_SRC := $(notdir $(wildcard $(S)/tenders/common/*.c))
TENDER_COMMON_OBJ := $(TENDER_COMMON_SRC:%.c=obj/host/tenders/common/%.o)

obj/host/tenders/%.o: EXTRA = $(CONFIG_SPT_TENDER_LIBSECCOMP_CFLAGS)
obj/host/tenders/common/options.o: obj/version.h

SPT_SRC := $(wildcard $(S)/tenders/spt/*.c $(S)/tenders/spt/$(HOST_ARCH)/*.[cS])
SPT_OBJ := $(patsubst $(S)/%,obj/host/%.o,$(basename $(SPT_SRC)))
HVT_SRC := $(wildcard $(S)/tenders/hvt/*.c $(S)/tenders/hvt/$(HOST_ARCH)/*.[cS])
HVT_OBJ := $(patsubst $(S)/%,obj/host/%.o,$(basename $(HVT_SRC)))

TENDERS :=
ifneq ($(CONFIG_SPT_TENDER),)
TENDERS += tenders/spt/solo5-spt
endif
ifneq ($(CONFIG_HVT_TENDER),)
TENDERS += tenders/hvt/solo5-hvt
endif
ALL += $(TENDERS)
CLEAN += $(TENDERS)

tenders/spt/solo5-spt: $(SPT_OBJ) $(TENDER_COMMON_OBJ)
tenders/hvt/solo5-hvt: $(HVT_OBJ) $(TENDER_COMMON_OBJ)

# The net ring has a thread.
obj/host/tenders/hvt/%.o: EXTRA += -pthread
tenders/hvt/solo5-hvt: LIBS += -pthread

# The device tree is read where the counter's frequency may come from it.
ifeq ($(HOST_ARCH),aarch64)
obj/host/tenders/hvt/%.o: EXTRA += $(CONFIG_HOST_FDT_CFLAGS)
tenders/hvt/solo5-hvt: LIBS += $(CONFIG_HOST_FDT_LDLIBS)
endif

.PHONY: tenders
tenders: $(TENDERS)

$(TENDERS):
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CONFIG_HOST_CC) $(HOST_CFLAGS) $(HOST_LDFLAGS) -o $@ $^ $(LIBS) $(CONFIG_SPT_TENDER_LIBSECCOMP_LDLIBS)

install-tenders: $(TENDERS)
	$(INSTALL) -d "$(PREFIX)/bin"
	$(INSTALL) $(TENDERS) "$(PREFIX)/bin"
	$(INSTALL) -d "$(PREFIX)/share/man/man1"
	$(INSTALL) -m 0644 $(S)/docs/man/solo5-hvt.1 $(S)/docs/man/solo5-spt.1 "$(PREFIX)/share/man/man1"
