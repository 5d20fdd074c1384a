using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Execution;

namespace Fairway.Metrics.PromQl.Functions;

/// <summary>
/// The samples of one series and, for each step, which of them its range holds. Made once per operator and filled for each series.
/// </summary>
internal sealed class Windows(int steps)
{
    private readonly int[] _from = new int[steps];
    private readonly int[] _to = new int[steps];
    private readonly long[] _ends = new long[steps];
    private RangeInput? _endsOf;

    /// <summary>All samples that some range holds.</summary>
    public SampleBuffer Samples { get; private set; } = new();

    /// <summary>Number of steps.</summary>
    public int Steps => _from.Length;

    /// <summary>First sample of each step's range.</summary>
    public ReadOnlySpan<int> From => _from;

    /// <summary>The one after the last of each step's range.</summary>
    public ReadOnlySpan<int> To => _to;

    /// <summary>The end of each step's range, in milliseconds since 1970.</summary>
    public ReadOnlySpan<long> Ends => _ends;

    /// <summary>Length of the ranges in milliseconds.</summary>
    public long Range { get; private set; }

    /// <summary>The metric's name, for remarks.</summary>
    public string Metric { get; private set; } = "";

    /// <summary>Slides a range over the samples: as many moves as there are samples and steps.</summary>
    public void Fill(RangeInput input, int series, bool closed, long lookback)
    {
        Samples.Clear();
        input.Read(series, Samples);
        (Range, Metric) = (input.Range, input.Series[series].Labels.Name);
        var times = Samples.Times;
        // Samples around the ends matter to ranges that are anchored or smoothed.
        var before = input.Kind == Syntax.RangeKind.Plain ? 0 : lookback;
        var after = input.Kind == Syntax.RangeKind.Smoothed ? lookback : 0;
        if (_endsOf != input) FindEnds(input);
        var ends = _ends.AsSpan();
        var firsts = _from.AsSpan(0, ends.Length);
        var lasts = _to.AsSpan(0, ends.Length);
        var back = Range + before - (closed ? 0 : 1);
        int from = 0, to = 0;
        for (var step = 0; step < ends.Length; step++)
        {
            var end = ends[step];
            while (to < times.Length && times[to] <= end + after) to++;
            while (from < to && times[from] < end - back) from++;
            firsts[step] = from;
            lasts[step] = to;
        }
    }

    private void FindEnds(RangeInput input)
    {
        for (var step = 0; step < _ends.Length; step++) _ends[step] = input.EndOf(step);
        _endsOf = input;
    }

    /// <summary>Floats only, with the ranges counted anew; says at which steps a histogram was left out.</summary>
    public Windows FloatsOnly(Windows into, bool[] leftOut)
    {
        var before = new int[Samples.Count + 1];
        into.Samples.Clear();
        for (var i = 0; i < Samples.Count; i++)
        {
            var isFloat = Samples.Histogram(i) is null;
            if (isFloat) into.Samples.Add(Samples.Times[i], Samples.Values[i]);
            before[i + 1] = before[i] + (isFloat ? 1 : 0);
        }

        for (var step = 0; step < Steps; step++)
        {
            into._from[step] = before[_from[step]];
            into._to[step] = before[_to[step]];
            into._ends[step] = _ends[step];
            leftOut[step] = into._to[step] - into._from[step] < _to[step] - _from[step];
        }

        (into.Range, into.Metric) = (Range, Metric);
        return into;
    }

    /// <summary>The samples of one step.</summary>
    public Window this[int step] => new(this, _from[step], _to[step], _ends[step]);
}

/// <summary>The samples of one range.</summary>
internal readonly ref struct Window(Windows all, int from, int to, long end)
{
    private readonly SampleBuffer _samples = all.Samples;
    private readonly int _from = from;

    /// <summary>Milliseconds since 1970.</summary>
    public ReadOnlySpan<long> Times { get; } = all.Samples.Times[from..to];

    /// <summary>Floats, or the sums of histograms.</summary>
    public ReadOnlySpan<double> Values { get; } = all.Samples.Values[from..to];

    /// <summary>Number of samples.</summary>
    public int Count { get; } = to - from;

    /// <summary>End of the range in milliseconds since 1970.</summary>
    public long End { get; } = end;

    /// <summary>A histogram, or null where the sample is a float.</summary>
    public NativeHistogram? Histogram(int index) => _samples.Histogram(_from + index);
}
