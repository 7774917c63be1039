# Read by `make gdb`: stops where the program computes its first loss, and walks past the standard library's code.
set confirm off
set breakpoint pending on
set print pretty on
set print static-members off
skip -gfi /usr/include/*
skip -gfi /usr/include/c++/*/*
skip -gfi /usr/include/c++/*/*/*

break gantry::NonSaturating::discriminator
run
