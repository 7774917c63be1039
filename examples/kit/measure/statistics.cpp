#include "examples/kit/measure/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>
#include <numeric>
#include <set>

#include "core/shape.hpp"

namespace gantry::kit {

static constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

std::string fixed(double x, int decimals) {
    char text[400];
    std::snprintf(text, sizeof text, "%.*f", decimals, x + 0.0);  // + 0 prints -0 as 0
    return text;
}

std::string digits(double x, int significant) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*g", significant, x + 0.0);
    return text;
}

// ---------------------------------------------------------------------------------------- one sample

void Sample::add(double x) {
    if (std::isfinite(x)) {
        values_.push_back(x);
    } else {
        ++missing_;
    }
}

double Sample::mean() const {
    if (values_.empty()) return nothing;
    return std::accumulate(values_.begin(), values_.end(), 0.0) / count();
}

double Sample::deviation() const {
    if (count() < 2) return nothing;
    const double middle = mean();
    double squares = 0;
    for (double x : values_) squares += (x - middle) * (x - middle);
    return std::sqrt(squares / (count() - 1));
}

double Sample::interval() const {
    if (count() < 2) return nothing;
    return student_t(count() - 1) * deviation() / std::sqrt(count());
}

double Sample::median() const {
    if (values_.empty()) return nothing;
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double Sample::min() const { return values_.empty() ? nothing : *std::min_element(values_.begin(), values_.end()); }

double Sample::max() const { return values_.empty() ? nothing : *std::max_element(values_.begin(), values_.end()); }

std::string Sample::str() const {
    const std::string lost = missing_ > 0 ? " (" + std::to_string(missing_) + " not finite)" : "";
    if (values_.empty()) return "none" + lost;
    if (count() == 1) return digits(mean()) + " (one seed)" + lost;
    const double width = interval();
    if (width == 0) return digits(mean()) + " +- 0" + lost;
    const double size = std::max(std::fabs(mean()), width);
    const bool plain = size >= 1e-3 && size < 1e6;
    const int power = plain ? 0 : std::floor(std::log10(size));
    const double unit = std::pow(10.0, power);
    const int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(width / unit))), 0, 6);
    const std::string text = fixed(mean() / unit, decimals) + " +- " + fixed(width / unit, decimals);
    if (plain) return text + lost;
    char exponent[16];
    std::snprintf(exponent, sizeof exponent, "e%+03d", power);
    return "(" + text + ")" + exponent + lost;
}

std::string Sample::range() const {
    const std::string lost = missing_ > 0 ? " (" + std::to_string(missing_) + " not finite)" : "";
    if (values_.empty()) return "none" + lost;
    return digits(median(), 3) + " [" + digits(min(), 3) + ", " + digits(max(), 3) + "]" + lost;
}

// ---------------------------------------------------------------------------------------- Student's t
//
// For whole degrees of freedom n the share A = P(|T| <= t) is a finite sum (Abramowitz and Stegun 1964, 26.7.3 and
// 26.7.4). With tan a = t / sqrt(n), s = sin a, c = cos a:
//
//     n odd    A = 2/pi (a + s (c + 2/3 c^3 + (2 4)/(3 5) c^5 + ... to c^(n-2)))      n = 1: only 2/pi a
//     n even   A =            s (1 + 1/2 c^2 + (1 3)/(2 4) c^4 + ... to c^(n-2))

static double share_within(double t, Index df) {
    const double a = std::atan(t / std::sqrt(df));
    const double s = std::sin(a);
    const double c = std::cos(a);
    const bool odd = df % 2 == 1;
    double term = odd ? c : 1;
    double sum = 0;
    for (Index k = odd ? 1 : 0; k <= df - 2; k += 2) {
        sum += term;
        term *= c * c * (k + 1) / (k + 2);
    }
    return odd ? 2 / std::numbers::pi * (a + s * sum) : s * sum;
}

double student_t(Index df, double coverage) {
    if (df < 1) fail("student_t", std::to_string(df) + " degrees of freedom, must be at least 1");
    if (!(coverage > 0 && coverage < 1)) fail("student_t", "the coverage must be between 0 and 1");
    double low = 0;
    double high = 1;
    while (share_within(high, df) < coverage) high *= 2;
    for (int halving = 0; halving < 80; ++halving) {
        const double middle = (low + high) / 2;
        (share_within(middle, df) < coverage ? low : high) = middle;
    }
    return (low + high) / 2;
}

// ---------------------------------------------------------------------------------------- a table of samples

std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t indent) {
    constexpr std::size_t room = 80;
    const std::size_t columns = rows.at(0).size();
    std::vector<std::size_t> widths(columns, 0);
    for (const auto& row : rows)
        for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], row[i].size());
    const std::size_t all = std::accumulate(widths.begin(), widths.end(), indent + 2 * (columns - 1));
    const std::size_t gap = all > room && all - (columns - 1) <= room ? 1 : 2;
    std::size_t keys = 0;  // columns that tell the rows apart
    for (bool apart = false; !apart && keys < columns;) {
        std::set<std::vector<std::string>> seen;
        ++keys;
        for (const auto& row : rows) seen.insert({row.begin(), row.begin() + std::ptrdiff_t(keys)});
        apart = seen.size() == rows.size();
    }
    if (keys == columns) keys = 1;
    std::string text;
    for (std::size_t next = keys, end; text.empty() || next < columns; next = end) {
        std::size_t width =
            std::accumulate(widths.begin(), widths.begin() + std::ptrdiff_t(keys), indent + gap * (keys - 1));
        end = next;
        while (end < columns && (end == next || width + gap + widths[end] <= room)) width += gap + widths[end++];
        if (!text.empty()) text += "\n";
        for (const auto& row : rows) {
            std::string line = std::string(indent, ' ') + row[0] + std::string(widths[0] - row[0].size(), ' ');
            for (std::size_t i = 1; i < end; ++i)
                if (i < keys || i >= next) line += std::string(gap + widths[i] - row[i].size(), ' ') + row[i];
            text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
        }
    }
    return text;
}

void SampleTable::add(const std::string& column, const std::string& row, double value) {
    auto list = [](std::vector<std::string>& names, const std::string& name) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    list(columns_, column);
    list(rows_, row);
    cells_[{column, row}].add(value);
}

const Sample& SampleTable::at(const std::string& column, const std::string& row) const {
    static const Sample empty;
    const auto cell = cells_.find({column, row});
    return cell == cells_.end() ? empty : cell->second;
}

std::string SampleTable::str(const std::string& each) const {
    auto runs = [](const Sample& s) { return s.count() + s.missing(); };
    const bool several = std::any_of(cells_.begin(), cells_.end(), [&](const auto& c) { return runs(c.second) > 1; });
    std::vector<std::vector<std::string>> lines;
    auto line = [&](const std::string& label, const auto& text_of) {
        lines.push_back({label});
        for (const std::string& column : columns_) lines.back().push_back(text_of(column));
    };
    line("", [](const std::string& column) { return column; });
    for (const std::string& row : rows_) {
        line(row, [&](const std::string& column) {
            const Sample& sample = at(column, row);
            if (runs(sample) == 0) return std::string();
            return several || sample.missing() > 0 ? sample.str() : digits(sample.mean(), 3);
        });
    }
    if (!several || each.empty()) return aligned(lines);
    line(each + ", each", [&](const std::string& column) {
        std::string values;
        for (double x : at(column, each).values()) values += (values.empty() ? "" : " ") + digits(x);
        return values;
    });
    return aligned(lines);
}

// ---------------------------------------------------------------------------------------- correlation

static void keep_finite_pairs(std::vector<double>& x, std::vector<double>& y, const char* what) {
    if (x.size() != y.size()) {
        fail(what, std::to_string(x.size()) + " numbers cannot be paired with " + std::to_string(y.size()));
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
        x[kept] = x[i];
        y[kept] = y[i];
        ++kept;
    }
    x.resize(kept);
    y.resize(kept);
}

static double pearson(const std::vector<double>& x, const std::vector<double>& y) {
    if (x.size() < 2) return nothing;
    const double mean_x = Sample(x).mean();
    const double mean_y = Sample(y).mean();
    double xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    if (!(xx > 0 && yy > 0)) return nothing;
    return std::clamp(xy / std::sqrt(xx) / std::sqrt(yy), -1.0, 1.0);
}

static std::vector<double> ranks(const std::vector<double>& x) {
    std::vector<std::size_t> order(x.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return x[i] < x[j]; });
    std::vector<double> rank(x.size());
    for (std::size_t first = 0; first < order.size();) {
        std::size_t end = first;
        while (end < order.size() && x[order[end]] == x[order[first]]) ++end;
        for (std::size_t i = first; i < end; ++i) rank[order[i]] = (first + end - 1) / 2.0;
        first = end;
    }
    return rank;
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
    std::vector<double> a = x, b = y;
    keep_finite_pairs(a, b, "correlation");
    return pearson(a, b);
}

double rank_correlation(const std::vector<double>& x, const std::vector<double>& y) {
    std::vector<double> a = x, b = y;
    keep_finite_pairs(a, b, "rank_correlation");
    return pearson(ranks(a), ranks(b));
}

}  // namespace gantry::kit
