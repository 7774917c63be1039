# Gantry's build. Part 1 holds the goals that you type; each calls this file again, in parallel, for one flavour
# (release, debug, double, asan), which part 2 builds in a folder of its own, build/FLAVOUR. Two levels, because then
# `make -j4 deps test` first installs and only afterwards looks where the libraries are. `make help` lists the goals.
#
#   make FLAVOUR=debug run-02_one_step    another flavour than release        make V=1    shows the whole commands
#   make ARCH=x86-64-v3                   another processor than this one     make CXX=g++-13
#   make OPENBLAS=none                    our own plain product instead of OpenBLAS

FLAVOUR ?= release
ARCH    ?= $(if $(filter Darwin-arm64,$(shell uname -sm | tr ' ' -)),armv8.4-a,native)
MAKEFLAGS += --no-print-directory
export PATH := $(CURDIR)/build/deps/bin:$(PATH)
export FONTCONFIG_PATH := $(CURDIR)/build/deps/fonts
$(if $(word 2,$(CURDIR)),$(error make cannot work in a path with a blank: please move or rename "$(CURDIR)"))
# On macOS g++ is clang without OpenMP: there it is Homebrew's, of two digits.
CXX := $(if $(filter defaultDarwin,$(origin CXX)$(shell uname)),$(lastword g++ \
    $(sort $(wildcard $(shell brew --prefix)/bin/g++-[1-9][0-9]))),$(CXX))

PROGRAMS := $(sort $(wildcard examples/[0-9]*.cpp examples/claims/*.cpp examples/bugs/*.cpp))
COURSE   := $(notdir $(basename $(sort $(wildcard examples/[0-9]*.cpp))))
CLAIMS   := $(notdir $(basename $(sort $(wildcard examples/claims/*.cpp))))
BUGS     := $(notdir $(basename $(sort $(wildcard examples/bugs/*.cpp))))
FAST_CLAIMS := vanishing_gradient dirac_gan  # part of `make run-examples`

ifndef BUILDING
# ------------------------------------------------------------------------------------------ part 1: goals
.NOTPARALLEL:
.PHONY: all help deps test check-op handout grade course-check run-examples run-claims run-bugs compare debug gdb lldb tour double playground asan tsan valgrind coverage fuzz trust bench lint format data flags clean

JOBS  = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell getconf _NPROCESSORS_ONLN))
build = +@$(MAKE) $(JOBS) BUILDING=yes FLAVOUR=$(1) $(2)
tool  = +@JOBS='$(JOBS)' .ci/$(1)

all:            ## (the default) build the library and numbered examples
	$(call build,$(FLAVOUR),all)
help:           ## this list
	@awk -F':.*## ' '/^[a-zA-Z%-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@printf '  %s\n' 'Tags for ARGS="[tag]": [core] [table] (all operations) [exact] (losses) [nn]' \
	    '[second_order] [errors] [optim] [training] [bits] [kernels] [matmul] [report]'
deps:           ## install what is missing: compiler, OpenBLAS, cairo ...
	@.ci/deps
test:           ## the tests, in float and in double (ARGS="[tag]": some)
	$(call build,release,tests)
	$(call build,double,tests)
	@ARGS='$(ARGS)' .ci/test build/release/tests build/double/tests

check-op:       ## check one operation or loss: make check-op OP=softplus
	$(call build,double,build/double/check_op)
	@build/double/check_op $(OP)

handout grade: EX := # given by the caller, or all
handout:        ## a tree to hand out: make handout TO=../mine EX="softplus"
	@examples/course/handout '$(TO)' '$(EX)' '$(or $(LEVEL),translate)'
grade:          ## grade exercises (EX="softplus", RESULTS=FILE.json, OF=DIR)
	@tests/grade/grade '$(EX)' '$(RESULTS)' '$(OF)'; code=$$?; [ $$code -ne 1 ] || { kill -QUIT $$PPID; sleep 0.3; }; [ $$code -le 1 ]
# A wrong exercise is no error of make's. Told to quit, make ends with code 1, as the grader, and without a line of its
# own, if it hears of that before the recipe has ended: so the recipe sleeps.
course-check:   ## exercises, hand-outs and the grader fit the sources
	$(call build,double,build/double/grade)
	@examples/course/check

# One line of recipe for each program: the first that fails ends the run.
define run
@printf '\n--- %s\n' '$(1)'
@build/$(FLAVOUR)/examples/$(1) $(2)

endef
run-examples:   ## all examples in the order of the course, two claims
	$(call build,$(FLAVOUR),all $(FAST_CLAIMS:%=build/$(FLAVOUR)/examples/claims/%))
	@mkdir -p runs && touch build/started
	$(foreach name,$(COURSE),$(call run,$(name)))
	$(call run,06_compare_losses,--story saturation --out runs/06_story_saturation)
	$(foreach name,$(FAST_CLAIMS:%=claims/%),$(call run,$(name)))
	@printf '\nWritten in %s:\n' '$(CURDIR)'
	@find runs -type f -newer build/started | sort | sed 's/^/  /'

# Every card runs, also after one that fails: its name waits in build/failed for the end.
define run_claim
@printf '\n--- claim %s\n' '$(1)' && rm -f runs/claims/$(1)/card.md
@build/$(FLAVOUR)/examples/claims/$(1) $(ARGS) || echo '$(1) FAILED' >> build/failed

endef
run-claims:     ## check all claims about GANs (FULL=1: in full length)
	$(call build,$(FLAVOUR),$(CLAIMS:%=build/$(FLAVOUR)/examples/claims/%))
	@rm -f build/failed
	$(foreach name,$(CLAIMS),$(call run_claim,$(name)))
	@.ci/verdicts $(CLAIMS)
	@! cat build/failed 2>/dev/null

run-bugs:       ## classic bugs, wrong, then right (ARGS=--right: right)
	$(call build,$(FLAVOUR),$(BUGS:%=build/$(FLAVOUR)/examples/bugs/%))
	$(foreach name,$(BUGS:%=bugs/%),$(call run,$(name),$(ARGS)))
	@printf '\n%s\n' '$(words $(BUGS)) bugs ran, each as it should. What they teach: examples/bugs/README.md'

define run_one
$(if $(wildcard examples/$(1).cpp),,$(error no examples/$(1).cpp. There are: $(2)))
$(call build,$(FLAVOUR),build/$(FLAVOUR)/examples/$(1))
@build/$(FLAVOUR)/examples/$(1) $(ARGS)
endef
# In this order: make 3.81, which macOS has, takes the first pattern that fits.
run-claim-%:    ## check one claim: make run-claim-vanishing_gradient FULL=1
	$(call run_one,claims/$*,$(CLAIMS))
run-bug-%:      ## run one of them: make run-bug-missing_detach
	$(call run_one,bugs/$*,$(BUGS))
run-%:          ## an example: make run-04_gan_2d ARGS="--loss wasserstein"
	$(call run_one,$*,$(COURSE))

.DEFAULT:
	@echo 'make: there is no goal $@; `make help` lists them' >&2; exit 2

compare:        ## the losses over five seeds (ARGS="--seeds 10": ten)
	$(call build,$(FLAVOUR),build/$(FLAVOUR)/examples/06_compare_losses)
	@for data in ring grid; do \
	    build/$(FLAVOUR)/examples/06_compare_losses --data $$data --seeds 5 --out runs/compare/$$data $(ARGS) || exit; \
	done
debug:          ## build all to step through: no optimisation, no OpenMP
	$(call build,debug,all)
EX := 02_one_step
gdb:            ## step through the smallest GAN (EX=NAME: another)
	$(call build,debug,build/debug/examples/$(EX))
	@gdb -q -x .debugger/gantry_gdb.py -x .debugger/first_loss.gdb --args build/debug/examples/$(EX) $(ARGS)
lldb:           ## the same in lldb (break and run yourself)
	$(call build,debug,build/debug/examples/$(EX))
	@.debugger/lldb -- build/debug/examples/$(EX) $(ARGS)
tour:           ## a tour in gdb: one training iteration in eleven stops
	$(call build,debug,build/debug/examples/02_one_step)
	@gdb -q -nx -batch -x .debugger/gantry_gdb.py -x .debugger/tour.py build/debug/examples/02_one_step
double:         ## library and examples with Real = double
	$(call build,double,all)

playground:     ## the engine in a page: runs/playground/index.html
	@command -v em++ > /dev/null || { echo 'playground: needs emscripten: sudo apt-get install emscripten' >&2; exit 1; }
	$(call build,wasm,CXX=em++ OPENBLAS=none build/wasm/engine.js)
	@examples/playground/assemble build/wasm/engine.js runs/playground/index.html

asan:           ## the tests with address and undefined-behaviour sanitizers
	$(call build,asan,tests)
	@ARGS='$(ARGS)' .ci/test build/asan/tests
tsan:           ## parallel loops under clang's thread sanitizer
	$(call tool,tsan)
valgrind:       ## a part of the tests under valgrind's memcheck
	$(call tool,valgrind)
coverage:       ## lines and branches that the tests run (gcov)
	$(call tool,coverage)
SECONDS := 60
fuzz:           ## random bytes for all readers of files (SECONDS=60 each)
	$(call tool,fuzz $(SECONDS))
trust:          ## all that the project promises, measured (ten minutes)
	$(call build,release,tests)
	$(call build,double,tests)
	$(call tool,trust)
bench:          ## time the engine against other ways (ARGS=--quick)
	$(call build,release,build/release/bench)
	@build/release/bench $(ARGS)
lint:           ## direction of includes, names, leftovers, layout
	@.ci/lint
format:         ## lay the sources out with clang-format
	@.ci/lint --format
data:           ## MNIST's training images (MNIST_DIR=folder: from there)
	@MNIST_DIR='$(MNIST_DIR)' examples/data/get_mnist
flags:          ## for g++ mine.cpp $(make -s -C gantry flags) -o mine
	$(call build,$(FLAVOUR),lib) >&2
	$(call build,$(FLAVOUR),-s print-flags)
clean:          ## delete what was built (runs/ stays)
	rm -rf build

else
# ------------------------------------------------------------------------------------------ part 2: one flavour
.PHONY: all lib tests print-flags FORCE
.DELETE_ON_ERROR:
B := build/$(FLAVOUR)
, := ,
gcc = $(if $(findstring clang,$(CXX:em++=clang)),$(2),$(1))  # options that only g++ knows, and those that only clang knows

# On processors with AVX10, newer compilers warn for each file of what -march=native means there. Those have x86-64-v4.
AVX10 := $(findstring avx10,$(shell $(CXX) -march=native -E -x c++ /dev/null 2>&1 >/dev/null))
override ARCH := $(if $(AVX10),$(ARCH:native=x86-64-v4 -mtune=native),$(ARCH))

# No -ffast-math and no contraction to fused multiply-adds: release and debug compute the same bits. The two that are
# given up cost nothing here (nobody reads errno or floating-point traps) and let loops with a square root vectorise.
release := -O3 -march=$(ARCH) -fno-math-errno -fno-trapping-math -g -fopenmp
double  := $(release) -DGANTRY_DOUBLE
debug   := -O0 -g3 -D_GLIBCXX_ASSERTIONS -Wno-unknown-pragmas
asan    := -O1 -g -fopenmp -D_GLIBCXX_ASSERTIONS \
           -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer $(call gcc,-Wno-maybe-uninitialized)
# Built by the scripts in .ci that run them.
tsan            := -O1 -g -fopenmp -fsanitize=thread
valgrind        := -O1 -g -march=haswell -fopenmp -DOTHER_OPERATOR_NEW
fuzz            := -O1 -g -Wno-unknown-pragmas -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
coverage        := -O0 -g -march=$(ARCH) -fopenmp --coverage -fprofile-update=atomic
coverage_double := $(coverage) -DGANTRY_DOUBLE
clang           := $(release)
plain           := $(release)
wasm            := -O3 -msimd128 -fopenmp-simd -fwasm-exceptions -fno-math-errno -fno-trapping-math -Wno-unknown-pragmas

# -Wno-restrict: GCC 12 gives false alarms for "text" + string (its bug 105651). -Wno-pass-failed: clang warns of every
# loop that it cannot vectorise, and a loop that calls std::pow is one.
WARNINGS := -Wall -Wextra -Wshadow $(call gcc,-Wno-restrict,-Wno-pass-failed)

VERSION := $(firstword $(subst ., ,$(shell $(CXX) -dumpversion 2>/dev/null)) missing)
$(if $(filter missing 4 5 6 7 8 9 10,$(VERSION)),$(error needs g++ 11, clang++ 14 or later, and finds: $(CXX) $(VERSION). \
    `make deps` may install it, CXX=NAME takes another))

# OpenBLAS, the OpenMP variant, linked statically: only then can core/kernels/blas.cpp choose its kernels before it
# starts (see there). On Debian and Ubuntu, Fedora, Homebrew; else a shared one (conda's too). OPENBLAS=FILE: another.
# What `make deps` may not install it unpacks into build/deps. OPENBLAS=none: the plain product of plain_gemm.cpp.
UNPACKED  := $(wildcard $(CURDIR)/build/deps/usr)
HOMEBREW  := $(if $(filter Darwin,$(shell uname)),$(shell brew --prefix))
MULTIARCH := $(subst -pc-,-,$(shell $(CXX) -dumpmachine))
VARIANT   := $(MULTIARCH)/openblas-openmp
OPENBLAS  := $(firstword $(wildcard $(UNPACKED:=/lib/$(VARIANT)/libopenblas.a) /usr/lib/$(VARIANT)/libopenblas.a \
    /usr/lib64/libopenblaso.a $(HOMEBREW:=/opt/openblas/lib/libopenblas.a) /usr/lib/$(VARIANT)/libopenblas.so \
    /usr/lib64/libopenblaso.so $(CONDA_PREFIX:=/lib/libopenblas.so)) \
    $(filter /%,$(shell $(CXX) -print-file-name=libopenblas.so 2>/dev/null)))
CBLAS_H   := $(firstword $(wildcard $(UNPACKED:=/include/$(VARIANT)) /usr/include/$(VARIANT) \
    $(HOMEBREW:=/opt/openblas/include) /usr/include/openblas $(CONDA_PREFIX:=/include)))
$(if $(OPENBLAS),,$(error no OpenBLAS here (libblas alone will not do): `make deps` gets it, OPENBLAS=FILE names one))
$(if $(filter %.a none,$(OPENBLAS)),,$(warning no static OpenBLAS with OpenMP found (make deps): $(OPENBLAS) may run kernels \
    that do not fit the processor))

# OpenMP's library is linked statically for the same reason (GOMP_SPINCOUNT). The debug flavour has no -fopenmp, but
# OpenBLAS needs the library all the same. clang has an OpenMP library of its own, which serves OpenBLAS as well; with
# GCC's beside it, OpenBLAS would not see our parallel regions and start threads inside of them.
LIBGOMP := $(filter /%,$(shell $(CXX) -print-file-name=libgomp.a 2>/dev/null))
OPENMP  := $(if $(strip $(call gcc,yes)),$(if $(LIBGOMP),$(if $(HOMEBREW),,-Wl$(,)--as-needed) $(LIBGOMP),-lgomp),-fopenmp)
PLAIN   := $(filter none,$(OPENBLAS))
COMPILE := -std=c++20 -I$(CURDIR) $(if $(PLAIN),-DGANTRY_NO_OPENBLAS,$(addprefix -isystem ,$(CBLAS_H))) \
    -ffp-contract=off $($(FLAVOUR))
BLAS    := $(filter-out none,$(OPENBLAS)) $(addprefix -Wl$(,)-rpath$(,),$(dir $(filter %.so,$(OPENBLAS)))) $(OPENMP)
$(if $($(FLAVOUR)),,$(error no flavour $(FLAVOUR): there are release, debug, double and asan))

# Only examples and tests use these: cairo draws, zlib reads and writes PNG and .gz, Catch2 (v3 is a library) tests.
PKG_CONFIG := $(firstword $(wildcard build/deps/bin/pkg-config) pkg-config)
KIT_FLAGS := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags cairo zlib catch2 2>/dev/null)) \
    $(addprefix -isystem ,$(UNPACKED:=/include) $(UNPACKED:=/include/$(MULTIARCH)) $(HOMEBREW:=/include))
KIT_LIBS  := $(shell $(PKG_CONFIG) --libs cairo zlib 2>/dev/null) \
    $(addprefix -Wl$(,)--disable-new-dtags$(,)-rpath$(,),$(UNPACKED:=/lib/$(MULTIARCH)))
TEST_LIBS := $(shell $(PKG_CONFIG) --libs catch2 2>/dev/null)

objects = $(patsubst %.cpp,$(B)/obj/%.o,$(sort $(wildcard $(1))))
ENGINE := $(call objects,core/*.cpp core/kernels/*.cpp core/tools/*.cpp nn/*.cpp losses/*.cpp optim/*.cpp)
KIT    := $(call objects,examples/kit/*/*.cpp)
BENCH  := $(call objects,tests/bench/*.cpp)
TESTS  := $(filter-out %/main.o,$(call objects,tests/*.cpp)) $(filter-out %/bench.o,$(BENCH)) build/catch_main.o

LIBS := $(B)/libkit.a $(B)/libgantry.a
BINS := $(PROGRAMS:%.cpp=$(B)/%)
say   = @$(if $(V),,echo '$(1)  $(2)';)
Q    := $(if $(V),,@)

all:   lib $(COURSE:%=$(B)/examples/%)
lib:   $(B)/libgantry.a
tests: $(B)/tests
print-flags: ; @echo $(COMPILE) $(CURDIR)/$(B)/libgantry.a $(BLAS)

$(B)/obj/%.o: %.cpp $(B)/flags
	@mkdir -p $(@D)
	$(call say,c++ ,$<)
	$(Q)$(CXX) $(CXXFLAGS) $(COMPILE) $(EXTRA) $(WARNINGS) -MMD -MP -c $< -o $@
# Where time is spent in the library alone, -O1 compiles almost twice as fast. CLI11 and nlohmann-json are large headers.
QUICK = $(if $(filter -O3,$(COMPILE)),$(1))
$(B)/obj/examples/%: EXTRA = $(KIT_FLAGS) $(call QUICK,-O1)
$(B)/obj/tests/%: EXTRA = $(KIT_FLAGS) $(call QUICK,-O1)
$(B)/obj/tests/bench/%: EXTRA =
$(B)/obj/examples/kit/run/options.o $(B)/obj/examples/kit/show/report.o $(B)/obj/nn/checkpoint.o: EXTRA = $(KIT_FLAGS) $(call QUICK,-O1 -g1)

# The reports' page, as C++ strings: plain cat, because `ld -r -b binary` is not portable.
$(B)/obj/report_page.cpp: $(wildcard examples/kit/show/*.html examples/kit/show/*.css examples/kit/show/*.js)
	@mkdir -p $(@D)
	@for f in $^; do echo "extern const char* const $$(basename $$f | tr . _);"; \
		printf 'const char* const %s = R"page(' "$$(basename $$f | tr . _)"; cat $$f; echo ')page";'; done > $@
$(B)/obj/report_page.o: $(B)/obj/report_page.cpp
	$(call say,c++ ,the page of the reports)
	$(Q)$(CXX) -std=c++20 $(WARNINGS) -c $< -o $@

# Catch2's runner takes ten seconds and is the same for every flavour: compiled once, without optimisation.
build/catch_main.o: tests/main.cpp tests/catch.hpp tests/help.hpp
	@mkdir -p $(@D)
	$(call say,c++ ,$<)
	$(Q)$(CXX) -std=c++20 -I$(CURDIR) $(KIT_FLAGS) $(WARNINGS) -c $< -o $@

$(B)/libgantry.a: $(ENGINE)
$(B)/libkit.a:    $(KIT) $(B)/obj/report_page.o
$(LIBS):
	$(call say,ar  ,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/examples/06_compare_losses: $(call objects,examples/stories/*.cpp)
$(BINS): $(B)/%: $(B)/obj/%.o $(LIBS)
$(B)/tests: $(TESTS) $(LIBS) | $(B)/examples/02_one_step
$(B)/bench: $(BENCH) $(LIBS)
$(B)/check_op: $(call objects,tests/grade/check_op.cpp tests/operations.cpp tests/operations_losses.cpp) $(B)/libgantry.a
$(B)/grade: $(call objects,tests/grade/grade*.cpp tests/operations.cpp tests/operations_losses.cpp examples/kit/train/*.cpp) $(B)/libgantry.a
$(BINS) $(B)/tests $(B)/bench $(B)/check_op $(B)/grade:
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CXX) $(CXXFLAGS) $(COMPILE) $^ $(BLAS) $(KIT_LIBS) $(TEST_LIBS) $(LDFLAGS) -o $@

# The playground: as WebAssembly, with the bytes in the script, and as a native program that prints its losses. In a
# browser one symbol is undefined, posix_spawnp: draw() would call it to start Graphviz.
GAME := $(call objects,core/*.cpp core/kernels/*.cpp core/tools/*.cpp losses/*.cpp optim/*.cpp examples/kit/train/*.cpp \
    $(addprefix nn/,activation.cpp linear.cpp init.cpp mlp.cpp module.cpp file.cpp) $(addprefix examples/kit/data/,csv.cpp points.cpp) examples/kit/measure/metrics.cpp \
    $(addprefix examples/kit/show/,health.cpp progress.cpp) examples/playground/game.cpp examples/playground/settings.cpp)
$(B)/engine.js: $(GAME) $(B)/obj/examples/playground/engine.o
	$(call say,link,$@)
	$(Q)NODE_PATH=/usr/share/nodejs $(CXX) $(COMPILE) $^ -sSINGLE_FILE -sMODULARIZE -sEXPORT_NAME=gantry_engine -sENVIRONMENT=web,worker,node \
	    -sERROR_ON_UNDEFINED_SYMBOLS=0 -sWARN_ON_UNDEFINED_SYMBOLS=0 \
	    -sALLOW_MEMORY_GROWTH -sEXPORTED_RUNTIME_METHODS=ccall \
	    -sEXPORTED_FUNCTIONS=$(shell grep -oE '^[a-z].*[ *]playground_[A-Za-z_]+' examples/playground/engine.cpp | sed 's/.*[ *]/_/' | paste -sd,) -o $@
$(B)/examples/playground/losses: $(GAME) $(B)/obj/examples/playground/losses.o $(LIBS)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CXX) $(CXXFLAGS) $(COMPILE) $^ $(BLAS) -o $@

# One program for each reader; libFuzzer brings its main().
FUZZERS := $(patsubst tests/fuzz/%.cpp,$(B)/%/target,$(filter-out %/main.cpp,$(wildcard tests/fuzz/*.cpp)))
$(FUZZERS): $(B)/%/target: $(B)/obj/tests/fuzz/%.o $(B)/obj/tests/fuzz/main.o $(LIBS)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CXX) $(COMPILE) -fsanitize=fuzzer $^ $(BLAS) $(KIT_LIBS) -o $@

# Rewritten when compiler or flags change: then everything is compiled anew.
$(B)/flags: FORCE
	@mkdir -p $(B)
	@echo '$(CXX) $(CXXFLAGS) $(COMPILE) $(KIT_FLAGS)' | cmp -s - $@ || echo '$(CXX) $(CXXFLAGS) $(COMPILE) $(KIT_FLAGS)' > $@

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
endif
