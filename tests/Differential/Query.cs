namespace Fairway.Differential;

/// <summary>A query and when it is asked.</summary>
/// <param name="Root">Its text as a tree.</param>
/// <param name="From">The time, or the first one, in milliseconds since 1970.</param>
/// <param name="To">The last one.</param>
/// <param name="Step">Milliseconds between times; 0 for one time only.</param>
internal sealed record Query(Node Root, long From, long To, long Step)
{
    public bool IsRange => Step > 0;

    public string Text { get; } = Root.Text;

    /// <summary>As the API takes it.</summary>
    public IEnumerable<KeyValuePair<string, string>> Parameters
    {
        get
        {
            yield return new("query", Text);
            if (!IsRange) yield return new("time", Samples.Seconds(From));
            else
            {
                yield return new("start", Samples.Seconds(From));
                yield return new("end", Samples.Seconds(To));
                yield return new("step", Samples.Seconds(Step));
            }
        }
    }

    /// <summary>Each way to make it smaller by one cut; first to one time instead of many.</summary>
    public IEnumerable<Query> Smaller()
    {
        if (IsRange)
        {
            for (var time = From; time <= To; time += Step) yield return this with { From = time, To = time, Step = 0 };
            if (To - From >= Step) yield return this with { To = To - Step };
            if (To - From >= Step) yield return this with { From = From + Step };
        }

        foreach (var root in Root.Smaller().OrderBy(n => n.Size)) yield return new(root, From, To, Step);
    }

    public override string ToString() => IsRange
        ? $"{Text}\n  from {Samples.Seconds(From)} (+{Samples.Seconds(From - Samples.Start)} s) to {Samples.Seconds(To)} every {Samples.Seconds(Step)} s"
        : $"{Text}\n  at {Samples.Seconds(From)} (+{Samples.Seconds(From - Samples.Start)} s)";
}
