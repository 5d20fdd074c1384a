using System.Text;
using Fairway.Re2;

namespace Fairway.Policy;

/// <summary>
/// A regular expression in RE2 syntax, matched by following all ways through it at once (Thompson 1968): time is at most the product of the lengths of
/// expression and text, whatever both are, and every step is paid for.
/// </summary>
internal sealed class Pattern
{
    private const int MostInstructions = 20_000;
    private static readonly Re2Options Dialect = new(MostNesting: 100);

    private readonly List<Instruction> _program = [];

    private Pattern(Re2Node node)
    {
        Emit(node);
        Add(new(Op.Match, 0, 0, null));
    }

    private enum Op { Set, Split, Jump, Assert, Match }

    private readonly record struct Instruction(Op Op, int X, int Y, CodePoints? Set);

    /// <summary>Reads an expression.</summary>
    /// <exception cref="FormatException">It is not RE2, or too large.</exception>
    public static Pattern Parse(string text) => new(Re2Parser.Parse(text, Dialect));

    /// <summary>Whether a part of a text fits.</summary>
    public bool IsIn(string text, CelMeter meter)
    {
        var (now, next) = (new ActiveSet(_program.Count), new ActiveSet(_program.Count));
        var before = -1;
        for (var at = 0; ; )
        {
            var ended = at >= text.Length;
            var rune = ended ? default : Rune.GetRuneAt(text, at);
            var after = ended ? -1 : rune.Value;
            if (Follow(now, 0, before, after)) return true;
            meter.Charge(1 + (now.Count / 4));
            if (ended) return false;
            next.Clear();
            var following = at + rune.Utf16SequenceLength;
            var later = following >= text.Length ? -1 : Rune.GetRuneAt(text, following).Value;
            for (var i = 0; i < now.Count; i++)
            {
                var instruction = _program[now[i]];
                if (instruction.Op == Op.Set && Has(instruction.Set!, after) && Follow(next, now[i] + 1, after, later)) return true;
            }
            (now, next, before, at) = (next, now, after, following);
        }
    }

    // Adds what can be reached without taking a code point; true when that is the end.
    private bool Follow(ActiveSet active, int start, int before, int after)
    {
        var open = active.Open;
        open.Push(start);
        var matched = false;
        while (open.TryPop(out var at))
        {
            if (!active.Add(at)) continue;
            var instruction = _program[at];
            switch (instruction.Op)
            {
                case Op.Match:
                    matched = true;
                    break;
                case Op.Jump:
                    open.Push(instruction.X);
                    break;
                case Op.Split:
                    open.Push(instruction.X);
                    open.Push(instruction.Y);
                    break;
                case Op.Assert when Holds((Assertion)instruction.X, before, after):
                    open.Push(at + 1);
                    break;
            }
        }
        return matched;
    }

    private static bool Holds(Assertion assertion, int before, int after) => assertion switch
    {
        Assertion.TextStart => before < 0,
        Assertion.TextEnd => after < 0,
        Assertion.LineStart => before is < 0 or '\n',
        Assertion.LineEnd => after is < 0 or '\n',
        Assertion.WordBoundary => IsWord(before) != IsWord(after),
        _ => IsWord(before) == IsWord(after),
    };

    private static bool IsWord(int codePoint) => codePoint is >= 0 and < 128 && (char.IsAsciiLetterOrDigit((char)codePoint) || codePoint == '_');

    private static bool Has(CodePoints set, int codePoint)
    {
        var (low, high) = (0, set.Ranges.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var (from, to) = set.Ranges[middle];
            if (codePoint < from) high = middle - 1;
            else if (codePoint > to) low = middle + 1;
            else return true;
        }
        return false;
    }

    private int Add(Instruction instruction)
    {
        if (_program.Count >= MostInstructions) throw new FormatException("the expression is too large");
        _program.Add(instruction);
        return _program.Count - 1;
    }

    private void Emit(Re2Node node)
    {
        switch (node)
        {
            case LiteralNode literal:
                var same = literal.IgnoreCase ? CodePoints.SameIgnoringCase(literal.CodePoint) : [literal.CodePoint];
                Add(new(Op.Set, 0, 0, CodePoints.Of(same.Select(one => (one, one)))));
                break;
            case ClassNode { Set: var set }:
                Add(new(Op.Set, 0, 0, set));
                break;
            case AssertionNode { Kind: var kind }:
                Add(new(Op.Assert, (int)kind, 0, null));
                break;
            case CaptureNode { Inner: var inner }:
                Emit(inner);
                break;
            case ConcatNode { Parts: var parts }:
                foreach (var part in parts) Emit(part);
                break;
            case AlternateNode { Branches: var branches }:
                Emit(branches);
                break;
            case RepeatNode repeat:
                Emit(repeat);
                break;
        }
    }

    private void Emit(IReadOnlyList<Re2Node> branches)
    {
        var exits = new List<int>();
        for (var i = 0; i < branches.Count; i++)
        {
            var split = i + 1 < branches.Count ? Add(default) : -1;
            Emit(branches[i]);
            if (split < 0) continue;
            exits.Add(Add(default));
            _program[split] = new(Op.Split, split + 1, _program.Count, null);
        }
        foreach (var exit in exits) _program[exit] = new(Op.Jump, _program.Count, 0, null);
    }

    private void Emit(RepeatNode repeat)
    {
        for (var i = 0; i < repeat.Min; i++) Emit(repeat.Inner);
        if (repeat.Max < 0)
        {
            var split = Add(default);
            Emit(repeat.Inner);
            Add(new(Op.Jump, split, 0, null));
            _program[split] = new(Op.Split, split + 1, _program.Count, null);
            return;
        }
        var skips = new List<int>();
        for (var i = repeat.Min; i < repeat.Max; i++)
        {
            skips.Add(Add(default));
            Emit(repeat.Inner);
        }
        foreach (var skip in skips) _program[skip] = new(Op.Split, skip + 1, _program.Count, null);
    }

    /// <summary>The instructions that are reached, each once.</summary>
    private sealed class ActiveSet(int size)
    {
        private readonly int[] _members = new int[size];
        private readonly int[] _places = new int[size];

        public Stack<int> Open { get; } = new();

        public int Count { get; private set; }

        public int this[int index] => _members[index];

        public void Clear() => Count = 0;

        public bool Add(int member)
        {
            var place = _places[member];
            if (place < Count && _members[place] == member) return false;
            _places[member] = Count;
            _members[Count++] = member;
            return true;
        }
    }
}
