using Fairway.Tests.PromQl.Conformance;

namespace Fairway.Tests.PromQl;

/// <summary>Our own cases in the language of Prometheus' tests: what the given files leave out.</summary>
public sealed class OwnCasesTests
{
    private static void Holds(string script)
    {
        foreach (var mode in Enum.GetValues<Mode>())
        {
            var runner = new ScriptRunner(mode);
            runner.Run(Script.Parse(script.Split('\n')));
            Assert.True(runner.Failures.Count == 0, $"{mode}:\n{string.Join('\n', runner.Failures)}");
        }
    }

    [Fact]
    public void Names_go_at_the_end_and_may_be_kept() => Holds("""
        load 5m
          up_total{env="a"} 0 60 120
          down_total{env="a"} 60 120 180

        eval instant at 10m -up_total
          {env="a"} -120

        eval instant at 10m up_total + down_total
          {env="a"} 300

        eval instant at 10m up_total <= down_total
          up_total{env="a"} 120

        eval instant at 10m last_over_time(up_total[10m])
          up_total{env="a"} 120

        eval instant at 10m label_replace(rate({env="a"}[10m]), "__name__", "rate_$1", "__name__", "(.+)")
          rate_up_total{env="a"} 0.2
          rate_down_total{env="a"} 0.2

        eval instant at 10m label_join(rate({env="a"}[10m]), "old", "", "__name__")
          {old="up_total", env="a"} 0.2
          {old="down_total", env="a"} 0.2

        eval instant at 10m sum by (__name__) (up_total)
          up_total 120

        eval instant at 10m sum by (__name__) (rate({env="a"}[10m]))
          expect fail msg: vector cannot contain metrics with the same labelset

        eval instant at 10m sum by (env) (rate({env="a"}[10m]))
          {env="a"} 0.4

        eval instant at 10m rate({env="a"}[10m])
          expect fail

        """);

    [Fact]
    public void Stale_markers_end_a_series_and_are_no_samples() => Holds("""
        load 10s
          metric 0 1 stale 2

        eval instant at 10s metric
          metric 1

        eval instant at 20s metric

        eval instant at 30s metric
          metric 2

        eval instant at 330s metric

        eval instant at 329s999ms metric
          metric 2

        eval instant at 20s count_over_time(metric[1s])

        eval instant at 20s count_over_time(metric[10s])

        eval instant at 20s count_over_time(metric[10001ms])
          {} 1

        eval instant at 30s count_over_time(metric[31s])
          {} 3

        """);

    [Fact]
    public void At_and_offset_choose_the_time() => Holds("""
        load 10s
          metric{job="1"} 0+1x1000
          metric{job="2"} 0+2x1000

        eval instant at 10s metric @ 100
          metric{job="1"} 10
          metric{job="2"} 20

        eval instant at 10s metric @ 100 offset 50s
          metric{job="1"} 5
          metric{job="2"} 10

        eval instant at 10s metric offset -50s @ 100
          metric{job="1"} 15
          metric{job="2"} 30

        eval instant at 25s sum_over_time(metric{job="1"}[100s] @ 100 offset 50s)
          {job="1"} 15

        eval instant at 100s sum_over_time(metric{job="1"}[100s:1s] @ 300)
          {job="1"} 2460

        eval instant at 100s metric{job="1"}[20s] @ 30
          expect range vector from 20s to 30s step 10s
          metric{job="1"} 2 3

        eval range from 0 to 20s step 10s sum_over_time(metric{job="1"}[20s:10s] @ end())
          {job="1"} 3 3 3

        eval range from 0 to 20s step 10s timestamp(metric{job="1"} @ 10)
          {job="1"} 10 10 10

        eval instant at 50s timestamp(timestamp(metric{job="1"} @ 10))
          {job="1"} 50

        eval instant at 1m sum_over_time(vector(time())[20s:10s])
          {} 110

        """);

    [Fact]
    public void Subqueries_keep_their_own_times() => Holds("""
        load 10s
          metric_total 1 2

        eval instant at 10s sum_over_time(metric_total[50s:10s])
          {} 3

        eval instant at 10s sum_over_time(metric_total[50s:5s])
          {} 4

        eval instant at 20s metric_total[20s:10s] offset 10s
          expect range vector from 0 to 10s step 10s
          metric_total 1 2

        eval instant at 20s rate(metric_total[20s:5s])
          {} 0.0666666667

        clear

        load 1m
          gauge{i="1"} 0+1x60

        eval instant at 10m max_over_time(rate(gauge[2m])[5m:])
          {i="1"} 0.016666666

        eval range from 0 to 3m step 1m count_over_time(gauge[5m:1m] offset -1m)
          {i="1"} 2 3 4 5

        """);

    [Fact]
    public void Missing_partners_can_be_filled_in() => Holds("""
        load 1m
          left_vec{l="a"} 1
          left_vec{l="b"} 2
          right_vec{l="b"} 10
          right_vec{l="c"} 20
          many{l="a", x="1"} 1
          many{l="a", x="2"} 2

        eval instant at 0 left_vec + fill(0) right_vec
          {l="a"} 1
          {l="b"} 12
          {l="c"} 20

        eval instant at 0 left_vec + fill_right(5) right_vec
          {l="a"} 6
          {l="b"} 12

        eval instant at 0 left_vec + fill_left(7) right_vec
          {l="b"} 12
          {l="c"} 27

        eval instant at 0 many + on (l) group_left fill_right(100) right_vec
          {l="a", x="1"} 101
          {l="a", x="2"} 102

        """);

    [Fact]
    public void Anchored_and_smoothed_ranges_take_the_samples_around_them() => Holds("""
        load 15s
          metric 1 2 _ 4 5 8

        eval instant at 1m increase(metric[45s] anchored)
          {} 3

        eval instant at 1m increase(metric[50s] anchored)
          {} 4

        eval instant at 65s increase(metric[30s] smoothed)
          {} 2.666666667

        eval instant at 35s metric smoothed
          metric 3.333333333

        eval instant at 1m sum_over_time(metric[1m] anchored)
          expect fail

        """);

    [Fact]
    public void Info_adds_labels_of_info_metrics() => Holds("""
        load 5m
          metric{instance="a", job="1", label="value"} 0 1 2
          other{instance="b", job="1"} 0 1 2
          target_info{instance="a", job="1", data="info", more="x"} 1 1 1
          build_info{instance="a", job="1", build="7"} 1 1 1

        eval range from 0m to 10m step 5m info(metric, {data=~".+"})
          metric{data="info", instance="a", job="1", label="value"} 0 1 2

        eval range from 0m to 10m step 5m info(metric)
          metric{data="info", more="x", instance="a", job="1", label="value"} 0 1 2

        eval instant at 5m info(other)
          other{instance="b", job="1"} 1

        eval instant at 5m info(other, {data="info"})

        eval instant at 5m info(metric, {__name__=~".+_info"})
          metric{data="info", more="x", build="7", instance="a", job="1", label="value"} 1

        eval instant at 5m info(build_info, {__name__=~".+_info"})
          build_info{instance="a", job="1", build="7"} 1

        """);

    [Fact]
    public void Durations_can_be_calculated() => Holds("""
        load 10s
          metric 0+1x100

        eval instant at 100s count_over_time(metric[10s + 2 * 10])
          {} 3

        eval instant at 100s metric offset (5s * 2)
          metric 9

        eval instant at 100s metric offset -max_of(10s, 5)
          metric 11

        eval range from 0 to 40s step 20s count_over_time(metric[step()])
          {} 1 2 2

        eval range from 0 to 40s step 20s count_over_time(metric[range() / 2])
          {} 1 2 2

        """);

    [Fact]
    public void Some_series_can_be_picked() => Holds("""
        load 1m
          m{i="1"} 1
          m{i="2"} 2
          m{i="3"} 3
          m{i="4"} {{schema:0 sum:1 count:1}}

        eval instant at 0 count(limitk(2, m))
          {} 2

        eval instant at 0 limitk(0, m)

        eval instant at 0 count(limit_ratio(1, m))
          {} 4

        eval instant at 0 count(limit_ratio(0.4, m) or limit_ratio(-0.6, m))
          {} 4

        eval instant at 0 limit_ratio(0.4, m) and limit_ratio(-0.6, m)

        eval instant at 0 count(limit_ratio(1.1, m))
          expect warn msg: PromQL warning: ratio value should be between -1 and 1, got 1.1, capping to 1
          {} 4

        """);

    [Fact]
    public void Classic_histograms_are_interpolated() => Holds("""
        load 5m
          h_bucket{le="0", p="x"} 0+2x10
          h_bucket{le=".1", p="x"} 0+5x10
          h_bucket{le="0.2", p="x"} 0+6x10
          h_bucket{le="+Inf", p="x"} 0+10x10
          bad_bucket{le="1"} 5
          bad_bucket{le="2"} 4
          bad_bucket{le="+Inf"} 9

        eval instant at 50m histogram_quantile(0.5, h_bucket)
          {p="x"} 0.1

        eval instant at 50m histogram_quantile(0.1, rate(h_bucket[5m1s]))
          {p="x"} 0

        eval instant at 50m histogram_quantile(0.99, sum by (le) (h_bucket))
          {} 0.2

        eval instant at 50m histogram_fraction(0.1, 0.2, h_bucket)
          {p="x"} 0.1

        eval instant at 50m histogram_quantile(1.2, h_bucket)
          expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 1.2
          {p="x"} +Inf

        eval instant at 0 histogram_quantile(0.5, bad_bucket)
          expect info
          {} 0.9

        eval instant at 50m histogram_quantiles(h_bucket, "q", 0.5, 1)
          {p="x", q="0.5"} 0.1
          {p="x", q="1.0"} 0.2

        """);

    [Fact]
    public void Native_histograms_are_interpolated() => Holds("""
        load 10m
          nh {{schema:0 count:12 sum:100 z_bucket:2 z_bucket_w:0.001 buckets:[2 3 0 1 4]}}x1
          nhcb {{schema:-53 count:5 sum:10 custom_values:[5 10] buckets:[1 4]}}
          mixed{a="1"} {{schema:0 count:1 sum:1 buckets:[1]}}
          mixed{a="2"} {{schema:-53 count:1 sum:1 custom_values:[1] buckets:[1]}}

        eval instant at 0 histogram_count(nh)
          {} 12

        eval instant at 0 histogram_avg(nh)
          {} 8.333333333

        eval instant at 0 histogram_quantile(1, nh)
          {} 16

        eval instant at 0 histogram_quantile(0, nh)
          {} 0

        eval instant at 0 histogram_quantile(0.5, nhcb)
          {} 6.875

        eval instant at 0 histogram_fraction(-Inf, +Inf, nh)
          {} 1

        eval instant at 0 histogram_fraction(5, 10, nhcb)
          {} 0.8

        eval instant at 0 nh + nh
          {} {{schema:0 count:24 sum:200 z_bucket:4 z_bucket_w:0.001 buckets:[4 6 0 2 8]}}

        eval instant at 0 nh / 2
          {} {{schema:0 count:6 sum:50 z_bucket:1 z_bucket_w:0.001 buckets:[1 1.5 0 0.5 2]}}

        eval instant at 0 sum(mixed)
          expect warn

        eval instant at 0 nh + 1
          expect info

        """);
}
