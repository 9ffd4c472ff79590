# A makefile that runs many programs while it is read, and one program over many files.
#
#     make -f parallel.mk -j4

include $(shell qpool --mk)

# Each line is a command. The commands run in parallel, within the limit of -j.
define questions
uname -s
getconf _NPROCESSORS_ONLN
date +%Y
endef

letters := a b c

ifneq ($(QPOOL_FUNCTIONS),)
answers := $(qpool-shell $(questions))
else
# This make cannot load objects, so the commands run one after the other.
answers := $(shell uname -s) $(shell getconf _NPROCESSORS_ONLN) $(shell date +%Y)
endif

all: ask shout

ask:
	@echo 'answers: $(answers)'
	@echo 'letters: $(letters)'

# The list may be longer than any command line.
shout: ask
	@echo shout:
	@$(call qpool,-q sh -c 'echo "$$0" | tr a-z A-Z',$(letters))

.PHONY: all ask shout
