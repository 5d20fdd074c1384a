namespace Fairway.Metrics.Storage;

/// <summary>Which series carry which labels: of those in memory, or of one block. Lists of numbers are rising, and never change once given.</summary>
internal interface ISeriesIndex
{
    /// <summary>All series.</summary>
    ReadOnlyMemory<int> All { get; }

    /// <summary>Names of all labels, in any order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The series with a label of this value.</summary>
    ReadOnlyMemory<int> With(string name, string value);

    /// <summary>All values of a label, in any order.</summary>
    IReadOnlyList<string> Values(string name);

    /// <summary>How many series have the label at all.</summary>
    int CountWith(string name);

    /// <summary>A series' value of a label; empty when it has none.</summary>
    string Value(int series, string name);
}
