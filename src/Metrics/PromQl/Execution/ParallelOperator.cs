using System.Runtime.ExceptionServices;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>An operator at the bottom of a plan, whose series can be read by several threads, each with a reader of its own.</summary>
internal interface IReadBySeveral
{
    /// <summary>Another reader of the series that were found; called after they were.</summary>
    /// <param name="context">Counts what it reads, and takes its remarks.</param>
    VectorOperator Reader(QueryContext context);
}

/// <summary>
/// Reads series ahead on all cores while they are asked for in order. What it gives does not depend on how many cores there are: each
/// series is read alone, and remarks and failures come in the order of the series.
/// </summary>
internal sealed class ParallelOperator : VectorOperator
{
    // Below about a millisecond of work there is nothing to gain.
    private const long LeastWork = 50_000;
    private const int MostOfPart = 16;
    private const int ValuesOfPart = 1 << 16;

    private readonly VectorOperator _inner;
    private readonly long _workOfSeries;
    private readonly int _threads;
    private Part[]? _parts;
    private bool _isOn;
    private int _ofPart;
    private int _first;
    private int _end;

    private ParallelOperator(QueryContext context, VectorOperator inner, long workOfSeries) : base(context, inner.Grid, "in parallel", inner)
    {
        (_inner, _workOfSeries, _threads) = (inner, workOfSeries, context.Options.Threads);
    }

    /// <summary>Puts it in front of an operator where that can gain.</summary>
    /// <param name="context">The query.</param>
    /// <param name="inner">Gives the series; an <see cref="IReadBySeveral"/> or not.</param>
    /// <param name="span">Milliseconds that it reads of each series, besides its grid.</param>
    public static VectorOperator Over(QueryContext context, VectorOperator inner, long span)
    {
        // Times of operators that run at once say nothing.
        if (context.Options.Threads < 2 || context.Explains || inner is not IReadBySeveral) return inner;
        const long UsualInterval = 15_000;
        var samples = (span + (inner.Grid.Count < 2 ? 0 : inner.Grid.End - inner.Grid.Start)) / UsualInterval;
        return new ParallelOperator(context, inner, inner.Grid.Count + samples);
    }

    private sealed class Part(VectorOperator reader, QueryContext context, Column[] columns)
    {
        public QueryContext Context { get; } = context;

        public Column[] Columns { get; } = columns;

        public Exception? Fault { get; private set; }

        /// <summary>Reads the series from one on, as many as it has columns for; up to the first that fails.</summary>
        public void Read(int first, int end)
        {
            Fault = null;
            try
            {
                for (var i = first; i < Math.Min(end, first + Columns.Length); i++) reader.Read(i, Columns[i - first]);
            }
            catch (Exception fault)
            {
                // Thrown again by the thread that asked, in the order of the series.
                Fault = fault;
            }
        }
    }

    protected override OutputSeries[] Open()
    {
        var series = _inner.Series;
        _isOn = series.Length > MostOfPart && series.Length * _workOfSeries >= LeastWork;
        return series;
    }

    protected override void ReadSeries(int series, Column into)
    {
        if (_isOn && series == _end) ReadAhead();
        if (series >= _first && series < _end) into.CopyFrom(_parts![(series - _first) / _ofPart].Columns[(series - _first) % _ofPart]);
        else _inner.Read(series, into);
    }

    private void ReadAhead()
    {
        _parts ??= MakeParts();
        var first = _end;
        var end = Math.Min(_inner.Series.Length, first + (_parts.Length * _ofPart));
        var count = (end - first + _ofPart - 1) / _ofPart;
        Parallel.For(0, count, new() { MaxDegreeOfParallelism = _threads }, part => _parts[part].Read(first + (part * _ofPart), end));
        for (var part = 0; part < count; part++)
        {
            Context.Join(_parts[part].Context);
            if (_parts[part].Fault is { } fault) ExceptionDispatchInfo.Throw(fault);
        }

        (_first, _end) = (first, end);
    }

    private Part[] MakeParts()
    {
        const int PartsOfThread = 4;
        _ofPart = Math.Clamp(ValuesOfPart / Math.Max(1, Grid.Count), 1, MostOfPart);
        var parts = new Part[_threads * PartsOfThread];
        for (var i = 0; i < parts.Length; i++)
        {
            var context = Context.Apart();
            var columns = new Column[_ofPart];
            for (var c = 0; c < columns.Length; c++) columns[c] = NewColumn();
            parts[i] = new(((IReadBySeveral)_inner).Reader(context), context, columns);
        }

        return parts;
    }
}
