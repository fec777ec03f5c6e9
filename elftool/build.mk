# SPDX-License-Identifier: ISC
#
# solo5-elftool, and $(ELFTOOL): the one that runs during the build.

ELFTOOL_SRC := $(wildcard $(S)/elftool/*.c) \
    $(addprefix $(S)/tenders/common/,image.c manifest.c err.c)
ELFTOOL_OBJ := $(ELFTOOL_SRC:$(S)/%.c=obj/host/%.o)
ELFTOOL_BUILD_OBJ := $(ELFTOOL_SRC:$(S)/%.c=obj/build/%.o)

obj/host/elftool/%.o: EXTRA = $(CONFIG_HOST_JANSSON_CFLAGS)
obj/build/elftool/%.o: EXTRA = $(CONFIG_BUILD_JANSSON_CFLAGS)
obj/host/elftool/main.o obj/build/elftool/main.o: obj/version.h

ELFTOOL := elftool/solo5-elftool
ifndef CONFIG_DISABLE_ELFTOOL
ALL += elftool/solo5-elftool
CLEAN += elftool/solo5-elftool

elftool/solo5-elftool: $(ELFTOOL_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CONFIG_HOST_CC) $(HOST_CFLAGS) $(HOST_LDFLAGS) -o $@ $^ $(CONFIG_HOST_JANSSON_LDLIBS)

ifneq ($(CONFIG_HOST_IS_CROSS),)
ELFTOOL := obj/build/elftool/solo5-elftool

$(ELFTOOL): $(ELFTOOL_BUILD_OBJ)
	$(call say,LINK,$@)$(CONFIG_BUILD_CC) $(HOST_CFLAGS) $(HOST_LDFLAGS) -o $@ $^ $(CONFIG_BUILD_JANSSON_LDLIBS)
endif

install-tools: elftool/solo5-elftool
	$(INSTALL) -d "$(PREFIX)/bin"
	$(INSTALL) $< "$(PREFIX)/bin"
	$(INSTALL) -d "$(PREFIX)/share/man/man1"
	$(INSTALL) -m 0644 $(S)/docs/man/solo5-elftool.1 "$(PREFIX)/share/man/man1"
else
install-tools:
endif
