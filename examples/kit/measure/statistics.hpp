// Numbers over several seeds, and how two series of numbers go together.
//
//     mean +- t s / sqrt(n)        s^2 = sum (x - mean)^2 / (n - 1),   t = the 97.5 % quantile of Student's t, n - 1 df
//
// This is the 95 % confidence interval of the mean of normal numbers (Student 1908, "The probable error of a mean"):
// one training is an anecdote, and with three seeds t is 4.3, so that an interval of three says how little three are.
//
// Rules: what is not finite (a training that diverged) is counted as missing, shown, and left out of the numbers. What
// spreads over decades, and modes counted, are shown as median and range. Most shares in % are shown as mean +-
// interval, although near 0 and 100 % they are not normal, and the interval knows no walls: 12 +- 20 % does not say
// that less than nothing is possible, nor 100 +- 0 % that all other seeds agree. There trust the mean, and take the
// interval as a hint of how far seeds differ. What it does not do: tests of significance.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/real.hpp"

namespace gantry::kit {

class Sample {
  public:
    Sample() = default;
    Sample(const std::vector<double>& values) {
        for (double x : values) add(x);
    }

    void add(double x);
    Index count() const { return values_.size(); }                 // finite numbers
    Index missing() const { return missing_; }                     // the others
    const std::vector<double>& values() const { return values_; }  // the finite ones, in the order added

    // NaN where there are no numbers; deviation and interval also for a single one.
    double mean() const;
    double deviation() const;  // s
    double interval() const;   // half the width of the 95 % confidence interval
    double median() const;
    double min() const;
    double max() const;

    /// "0.123 +- 0.004", "(4.54 +- 0.12)e-05", "0.5 (one seed)", "none (3 not finite)": two digits of the interval.
    std::string str() const;

    /// "3 [1, 8]": median and range, for numbers that are far from normal.
    std::string range() const;

  private:
    std::vector<double> values_;
    Index missing_ = 0;
};

/// Rows of a table as text, the first one the heads: the first column stands to the left, the others to the right. What
/// is wider than a terminal of 80 columns is broken into parts, each with the columns that tell the rows apart.
std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t indent = 0);

/// What is compared stands in the columns, its numbers over seeds in the rows, both in the order in which they are
/// first added. A number that one of them lacks stays blank.
///
///               minimax  wasserstein
///     modes  8.0 +- 0.0   7.6 +- 0.7         table.add("minimax", "modes", 8), once for each seed
class SampleTable {
  public:
    void add(const std::string& column, const std::string& row, double value);
    const std::vector<std::string>& columns() const { return columns_; }
    const Sample& at(const std::string& column, const std::string& row) const;  // empty if nothing was added there

    /// Means and intervals; bare numbers if no cell has more than one. The row `each` is repeated below, seed by seed.
    std::string str(const std::string& each = "") const;

  private:
    std::vector<std::string> columns_, rows_;
    std::map<std::pair<std::string, std::string>, Sample> cells_;  // column and row
};

/// The quantile t with P(|T| <= t) = coverage, 0 < coverage < 1, of Student's distribution. df of at least 1.
double student_t(Index df, double coverage = 0.95);

/// Pearson's r = sum (x - mean x)(y - mean y) / (n s_x s_y), in [-1, 1]. Pairs that are not finite are left out; NaN
/// for fewer than two pairs or where one side is constant. Throws std::invalid_argument if the lengths differ.
double correlation(const std::vector<double>& x, const std::vector<double>& y);

/// Spearman's: Pearson's r of the ranks, ties at their mean rank. 1 whenever y rises with x, however bent.
double rank_correlation(const std::vector<double>& x, const std::vector<double>& y);

/// 0.12345 -> "0.123": so many decimals.
std::string fixed(double x, int decimals);

/// 0.0000454 -> "4.54e-05": so many significant digits.
std::string digits(double x, int significant = 4);

}  // namespace gantry::kit
