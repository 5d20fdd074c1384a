namespace Fairway.Web;

/// <summary>
/// Ticks in a bounded number of columns: when there are too many, two neighbours become one. So a rollout of any length costs the same to
/// draw, and each tick is looked at once, not once per viewer.
/// </summary>
internal sealed class TraceTicks
{
    /// <summary>Most columns.</summary>
    public const int Most = 160;

    private readonly List<TraceTick> _columns = [];
    private int _ticksPerColumn = 1;
    private int _inLast;

    /// <summary>Ticks taken in.</summary>
    public long Count { get; private set; }

    /// <summary>The columns, oldest first.</summary>
    public IReadOnlyList<TraceTick> Columns => _columns;

    /// <summary>Takes in the next tick.</summary>
    public void Add(TraceTick tick)
    {
        Count++;
        if (_columns.Count > 0 && _inLast < _ticksPerColumn)
        {
            _columns[^1] += tick;
            _inLast++;
            return;
        }
        if (_columns.Count == Most) Halve();
        if (_inLast < _ticksPerColumn && _columns.Count > 0)
        {
            _columns[^1] += tick;
            _inLast++;
            return;
        }
        _columns.Add(tick);
        _inLast = 1;
    }

    private void Halve()
    {
        for (var i = 0; i < Most / 2; i++) _columns[i] = _columns[2 * i] + _columns[(2 * i) + 1];
        _columns.RemoveRange(Most / 2, Most / 2);
        _ticksPerColumn *= 2;
        _inLast = _ticksPerColumn;
    }
}
