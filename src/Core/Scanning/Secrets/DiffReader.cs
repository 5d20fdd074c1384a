using System.Buffers;
using System.Globalization;
using System.Text;

namespace Fairway.Scanning;

/// <summary>
/// Reads unified diffs and the output of <c>git log -p</c> line by line and gives what was added. Memory is bounded: a run of added lines is cut at
/// <see cref="MaxFragment"/> characters, and a line beyond <see cref="MaxLine"/> must not be handed in.
/// </summary>
/// <remarks>A commit begins with the line <c>commit</c>, a blank and its id. Paths that git quotes (core.quotePath) are read as they are meant.</remarks>
public sealed class DiffReader
{
    /// <summary>Longest run of added lines, in characters.</summary>
    public const int MaxFragment = 1 << 20;

    /// <summary>Longest line that makes sense, in characters.</summary>
    public const int MaxLine = 1 << 20;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");
    private readonly StringBuilder _added = new();
    private string _path = "";
    private string? _commit;
    private int _first;
    private int _newLine;
    private int _oldLeft;
    private int _newLeft;

    /// <summary>Commits seen.</summary>
    public long Commits { get; private set; }

    /// <summary>Files seen, once for each commit that changes them.</summary>
    public long Files { get; private set; }

    /// <summary>Takes a line without its end; returns what became whole by it, or null.</summary>
    public SecretFragment? Take(string line)
    {
        if (_oldLeft > 0 || _newLeft > 0) return InHunk(line);
        var whole = Flush();
        if (line.StartsWith("commit ", StringComparison.Ordinal) && IsCommit(line.AsSpan(7)))
        {
            _commit = line.Substring(7, HexLength(line.AsSpan(7)));
            Commits++;
        }
        else if (line.StartsWith("diff ", StringComparison.Ordinal)) _path = "";
        else if (line.StartsWith("+++ ", StringComparison.Ordinal))
        {
            _path = PathOf(line[4..]);
            if (_path.Length > 0) Files++;
        }
        else if (line.StartsWith("@@ ", StringComparison.Ordinal)) Begin(line);
        return whole;
    }

    /// <summary>What is left at the end; null when nothing is.</summary>
    public SecretFragment? End() => Flush();

    private SecretFragment? InHunk(string line)
    {
        if (line.StartsWith('\\')) return null; // "\ No newline at end of file"
        if (line.StartsWith('+'))
        {
            _newLeft--;
            if (_added.Length == 0) _first = _newLine;
            _newLine++;
            _added.Append(line, 1, line.Length - 1).Append('\n');
            return _added.Length > MaxFragment ? Flush() : null;
        }
        if (line.StartsWith('-'))
        {
            _oldLeft--;
            return null;
        }
        // Context, also one whose blank an editor took away.
        _oldLeft--;
        _newLeft--;
        _newLine++;
        return Flush();
    }

    private SecretFragment? Flush()
    {
        if (_added.Length == 0) return null;
        var text = _added.ToString();
        _added.Clear();
        return _path.Length == 0 ? null : new(_path, text, _first, _commit);
    }

    // "@@ -1,2 +3,4 @@": a count that is left out is 1.
    private void Begin(string line)
    {
        var end = line.IndexOf(" @@", 3, StringComparison.Ordinal);
        if (end < 0) return;
        foreach (var part in line[3..end].Split(' '))
        {
            var numbers = part.Length > 1 ? part[1..].Split(',') : [];
            if (numbers.Length is 0 or > 2 || !int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var from)) continue;
            var count = 1;
            if (numbers.Length == 2 && !int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out count)) continue;
            if (part[0] == '-') _oldLeft = count;
            else if (part[0] == '+') (_newLine, _newLeft) = (from, count);
        }
    }

    private static bool IsCommit(ReadOnlySpan<char> text) => HexLength(text) is 40 or 64;

    private static int HexLength(ReadOnlySpan<char> text)
    {
        var length = text.IndexOfAnyExcept(HexDigits);
        return length < 0 ? text.Length : length;
    }

    private static string PathOf(string text)
    {
        if (text.Length > 1 && text[0] == '"') text = Unquote(text);
        else if (text.IndexOf('\t', StringComparison.Ordinal) is >= 0 and var tab) text = text[..tab];
        if (text == "/dev/null") return "";
        return text.StartsWith("b/", StringComparison.Ordinal) ? text[2..] : text;
    }

    // git writes bytes of unusual names as C escapes.
    private static string Unquote(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var at = 1; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] != '\\' || at + 1 >= text.Length)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text[at].ToString()));
                continue;
            }
            var letter = text[++at];
            if (letter is >= '0' and <= '3' && at + 2 < text.Length)
            {
                bytes.Add((byte)(((letter - '0') * 64) + ((text[at + 1] - '0') * 8) + (text[at + 2] - '0')));
                at += 2;
            }
            else bytes.Add((byte)(letter switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'a' => '\a', 'b' => '\b', 'f' => '\f', 'v' => '\v', var same => same }));
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
