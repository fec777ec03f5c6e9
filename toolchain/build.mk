# SPDX-License-Identifier: ISC
#
# The wrappers around the compiler, and what they find relative to themselves.
# toolchain/ in the build folder has the layout of an installation's prefix:
# bin/, include/ and lib/ (the bindings' build.mk fills lib/).

TARGET_CC_WRAPPER := toolchain/bin/$(TRIPLE)-cc

TOOLCHAIN_BIN := $(addprefix toolchain/bin/$(TRIPLE)-,cc ld objcopy)
TOOLCHAIN_INCLUDE := toolchain/include/$(TRIPLE)/stddef.h toolchain/include/solo5
TOOLCHAIN_LIB := $(foreach t,stub hvt spt hvt_pie spt_pie,$(addprefix toolchain/lib/$(TRIPLE)/solo5_$(t).,o lds))

# What a rule that makes an image depends on; dependency files cover the headers.
TOOLCHAIN := $(TOOLCHAIN_BIN) $(TOOLCHAIN_LIB)

ALL += $(TOOLCHAIN) $(TOOLCHAIN_INCLUDE)
CLEAN += toolchain/bin toolchain/include toolchain/lib

BTI_CFLAGS_aarch64 := -mbranch-protection=standard

toolchain/bin/$(TRIPLE)-%: $(S)/toolchain/%.in Makeconf $(S)/toolchain/build.mk
	@mkdir -p $(@D)
	$(call say,GEN,$@)sed -e 's|@TRIPLE@|$(TRIPLE)|g' \
	    -e 's|@CC@|$(CONFIG_TARGET_CC)|g' -e 's|@CFLAGS@|$(CONFIG_TARGET_CC_CFLAGS)|g' \
	    -e 's|@LDFLAGS@|$(CONFIG_TARGET_CC_LDFLAGS)|g' -e 's|@LD@|$(CONFIG_TARGET_LD)|g' \
	    -e 's|@LD_LDFLAGS@|$(CONFIG_TARGET_LD_LDFLAGS)|g' \
	    -e 's|@BTI@|$(BTI_CFLAGS_$(CONFIG_TARGET_ARCH))|g' -e 's|@PAGE@|$(CONFIG_TARGET_LD_MAX_PAGE_SIZE)|g' \
	    -e 's|@OBJCOPY@|$(CONFIG_TARGET_OBJCOPY)|g' $< >$@.new
	$(Q)chmod 755 $@.new && mv $@.new $@

# The compiler's own headers: -nostdinc hides them together with the system's.
toolchain/include/$(TRIPLE)/stddef.h: Makeconf
	@rm -rf $(@D) && mkdir -p $(@D)
	$(call say,COPY,$(@D))from=$$($(CONFIG_TARGET_CC) -print-file-name=include) && \
	    (cd "$$from" && find -L . -name '*.h' -exec cp -L --parents -t "$(CURDIR)/$(@D)" {} +) && \
	    touch $@

toolchain/include/solo5:
	@mkdir -p $(@D)
	$(call say,LINK,$@)ln -sfn $(S)/include/solo5 $@

install-toolchain: $(TOOLCHAIN) $(TOOLCHAIN_INCLUDE)
	$(INSTALL) -d "$(PREFIX)/bin" "$(PREFIX)/lib/$(TRIPLE)"
	$(INSTALL) $(TOOLCHAIN_BIN) "$(PREFIX)/bin"
	$(INSTALL) -m 0644 $(TOOLCHAIN_LIB) "$(PREFIX)/lib/$(TRIPLE)"
	$(Q)find toolchain/include/$(TRIPLE) -name '*.h' | while read -r h; do \
	    $(INSTALL) -D -m 0644 "$$h" "$(PREFIX)/include/$(TRIPLE)/$${h#*/*/*/}" || exit 1; done
