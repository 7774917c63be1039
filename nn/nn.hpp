// All of nn.
#pragma once

#include "nn/activation.hpp"
#include "nn/checkpoint.hpp"
#include "nn/dropout.hpp"
#include "nn/file.hpp"
#include "nn/init.hpp"
#include "nn/linear.hpp"
#include "nn/mlp.hpp"
#include "nn/module.hpp"
