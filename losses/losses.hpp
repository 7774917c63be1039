// All of losses.
#pragma once

#include "losses/cross_entropy.hpp"
#include "losses/gan_loss.hpp"
#include "losses/gradient_penalty.hpp"
#include "losses/hinge.hpp"
#include "losses/least_squares.hpp"
#include "losses/logistic.hpp"
#include "losses/minimax.hpp"
#include "losses/non_saturating.hpp"
#include "losses/wasserstein.hpp"
