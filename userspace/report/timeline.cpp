// SPDX-License-Identifier: Apache-2.0
// Bars for what was told, bars below for what was asked. It must never draw more elements than a page bears,
// however long the session was.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "report/page.h"
#include "report/words.h"

namespace gatehouse::report {
namespace {

constexpr double kLeft = 58, kRight = 992, kTop = 14, kBars = 104, kLane = 13;
constexpr std::size_t kMostLanes = 5, kMostSpans = 150;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string rectangle(double x, double y, double width, double height, const char* name,
                      const std::string& title, double round = 0) {
  return "<rect class=\"" + std::string(name) + "\" x=\"" + number(x) + "\" y=\"" + number(y) +
         "\" width=\"" + number(width) + "\" height=\"" + number(height) +
         (round > 0 ? "\" rx=\"" + number(round) : "") + "\"><title>" + title + "</title></rect>";
}

std::string text(double x, double y, const std::string& words, const char* anchor) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" +
         words + "</text>";
}

class Drawing {
 public:
  explicit Drawing(const Story& story) : story_(story), histogram_(story.histogram) {
    const auto& buckets = histogram_.buckets();
    for (std::size_t i = 0; i < buckets.size(); i++)
      if (buckets[i].all != 0) used_ = i + 1;
    from_ = histogram_.first();
    until_ =
        from_ + histogram_.width() * static_cast<std::int64_t>(std::max<std::size_t>(used_, 1));
  }

  std::string draw() {
    bars();
    const std::size_t lanes = questions();
    const double bottom = kTop + kBars + static_cast<double>(lanes) * kLane + (lanes != 0 ? 12 : 2);
    axis(bottom);
    return "<svg viewBox=\"0 0 1000 " + number(bottom + 22) +
           "\" role=\"img\" aria-label=\"Events over time\">" + out_ + "</svg>";
  }

 private:
  [[nodiscard]] double x(std::int64_t time) const {
    const double share = static_cast<double>(time - from_) / static_cast<double>(until_ - from_);
    return kLeft + std::clamp(share, 0.0, 1.0) * (kRight - kLeft);
  }

  void bars() {
    const auto& buckets = histogram_.buckets();
    std::uint32_t most = 1;
    for (const auto& bucket : buckets)
      most = std::max(most, bucket.all);
    // The root of the count: one denial in a thousand events is still seen.
    const auto height = [&](std::uint32_t count) {
      return count == 0 ? 0.0 : std::max(3.0, kBars * std::sqrt(double(count) / double(most)));
    };
    const double step = (kRight - kLeft) / static_cast<double>(std::max<std::size_t>(used_, 1));
    const double width = std::min(std::max(1.0, step - 1.5), 26.0);
    for (std::size_t i = 0; i < used_; i++) {
      if (buckets[i].all == 0) continue;
      const double left = kLeft + static_cast<double>(i) * step + (step - width) / 2;
      const auto when = from_ + histogram_.width() * static_cast<std::int64_t>(i);
      const std::string title = time_of_day(when) + ": " +
                                plural(buckets[i].all, "event", "events") + ", " +
                                grouped(buckets[i].denied) + " denied";
      const double tall = height(buckets[i].all), red = height(buckets[i].denied);
      out_ += rectangle(left, kTop + kBars - tall, width, tall, "b-all", title, 1.5);
      if (red > 0) out_ += rectangle(left, kTop + kBars - red, width, red, "b-bad", title, 1.5);
    }
    out_ += text(kLeft - 8, kTop + 8, grouped(most), "end");
    out_ += text(kLeft - 8, kTop + kBars, "events", "end");
  }

  // In as few lanes as do not overlap; how many.
  std::size_t questions() {
    std::vector<double> lanes;
    std::size_t drawn = 0;
    for (const auto& ask : story_.asks) {
      if (drawn++ == kMostSpans) break;
      const double from = x(ask.asked);
      const double until = std::max(from + 5, x(ask.closed != 0 ? ask.closed : until_));
      std::size_t lane = 0;
      while (lane < lanes.size() && lanes[lane] > from)
        ++lane;
      if (lane == lanes.size() && lane < kMostLanes) lanes.push_back(0);
      lane = std::min(lane, lanes.size() - 1);
      lanes[lane] = std::max(lanes[lane], until + 1);
      const char* name = !ask.verdict ? "q-open" : *ask.verdict == GH_ALLOW ? "q-allow" : "q-deny";
      const std::string title =
          "question " + std::to_string(ask.id) + ", " +
          (!ask.verdict               ? "no answer"
           : *ask.verdict == GH_ALLOW ? "allowed after " + how_long(ask.closed - ask.asked)
                                      : "denied after " + how_long(ask.closed - ask.asked));
      out_ += rectangle(from, kTop + kBars + 8 + static_cast<double>(lane) * kLane, until - from,
                        kLane - 4, name, title, 3);
    }
    if (!lanes.empty()) out_ += text(kLeft - 8, kTop + kBars + 17, "asked", "end");
    return lanes.size();
  }

  void axis(double y) {
    out_ += "<line class=\"axis\" x1=\"" + number(kLeft) + "\" y1=\"" + number(y) + "\" x2=\"" +
            number(kRight) + "\" y2=\"" + number(y) + "\"/>";
    constexpr int kTicks = 4;
    for (int i = 0; i <= kTicks; i++) {
      const auto when = from_ + (until_ - from_) / kTicks * i;
      out_ += text(kLeft + (kRight - kLeft) * i / kTicks, y + 16,
                   i == 0 ? time_of_day(when) : "+" + how_long(when - from_),
                   i == 0        ? "start"
                   : i == kTicks ? "end"
                                 : "middle");
    }
  }

  const Story& story_;
  const Histogram& histogram_;
  std::size_t used_ = 0;
  std::int64_t from_ = 0, until_ = 1;
  std::string out_;
};

}  // namespace

std::string timeline(const Story& story) { return Drawing(story).draw(); }

}  // namespace gatehouse::report
