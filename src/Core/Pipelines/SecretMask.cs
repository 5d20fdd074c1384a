using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Fairway.Pipelines;

/// <summary>
/// Takes secrets out of a stream of bytes: their text, each line of one with several lines, and their Base64 at each of the three offsets it can
/// have inside a longer encoded text, in both alphabets. A secret that is split over pieces is found: at most the length of the longest is held
/// back. Not for several threads at once.
/// </summary>
public sealed class SecretMask
{
    /// <summary>What stands for a secret.</summary>
    public static ReadOnlySpan<byte> Mask => "***"u8;

    /// <summary>Shorter texts are not masked: they would tear everything apart.</summary>
    public const int Shortest = 3;

    private readonly List<byte[]> _needles = [];
    private readonly ArrayBufferWriter<byte> _held = new();
    private ILookup<byte, byte[]> _byFirst = Array.Empty<byte[]>().ToLookup(needle => needle[0]);
    private SearchValues<byte> _first = SearchValues.Create(ReadOnlySpan<byte>.Empty);
    private int _longest;

    /// <summary>A mask for secrets.</summary>
    public SecretMask(IEnumerable<string> secrets) => Add(secrets);

    /// <summary>One more secret, from here on.</summary>
    public void Add(IEnumerable<string> secrets)
    {
        foreach (var secret in secrets)
            foreach (var needle in FormsOf(secret))
                if (!_needles.Exists(known => known.AsSpan().SequenceEqual(needle))) _needles.Add(needle);
        // The longest first: of two that begin alike the longer one is hidden as a whole.
        _byFirst = _needles.OrderByDescending(needle => needle.Length).ToLookup(needle => needle[0]);
        _first = SearchValues.Create(_byFirst.Select(group => group.Key).ToArray().AsSpan());
        _longest = _needles.Select(needle => needle.Length).DefaultIfEmpty(0).Max();
    }

    /// <summary>Copies a piece without its secrets; what may be the beginning of one is held back.</summary>
    public void Write(ReadOnlySpan<byte> piece, IBufferWriter<byte> into)
    {
        if (_held.WrittenCount == 0)
        {
            var done = Copy(piece, last: false, into);
            if (done < piece.Length) _held.Write(piece[done..]);
            return;
        }
        _held.Write(piece);
        var all = _held.WrittenSpan;
        var copied = Copy(all, last: false, into);
        if (copied == 0) return;
        var rest = all[copied..].ToArray();
        _held.ResetWrittenCount();
        _held.Write(rest);
    }

    /// <summary>Copies what was held back: nothing more comes.</summary>
    public void Flush(IBufferWriter<byte> into)
    {
        Copy(_held.WrittenSpan, last: true, into);
        _held.ResetWrittenCount();
    }

    /// <summary>A whole text without its secrets.</summary>
    public string Conceal(string text)
    {
        if (_needles.Count == 0) return text;
        var into = new ArrayBufferWriter<byte>(Math.Max(16, text.Length));
        Copy(Encoding.UTF8.GetBytes(text), last: true, into);
        return Encoding.UTF8.GetString(into.WrittenSpan);
    }

    /// <summary>Whether a text holds a secret.</summary>
    public bool Finds(string text) => Conceal(text) != text;

    // How many bytes are done with; the rest may be the beginning of a secret.
    private int Copy(ReadOnlySpan<byte> text, bool last, IBufferWriter<byte> into)
    {
        var (copied, at) = (0, 0);
        while (at < text.Length)
        {
            var next = text[at..].IndexOfAny(_first);
            if (next < 0) break;
            at += next;
            var rest = text[at..];
            var (found, mayBe) = Match(rest);
            if (mayBe && !last)
            {
                into.Write(text[copied..at]);
                return at;
            }
            if (found == 0)
            {
                at++;
                continue;
            }
            into.Write(text[copied..at]);
            into.Write(Mask);
            at += found;
            copied = at;
        }
        into.Write(text[copied..]);
        return text.Length;
    }

    private (int Found, bool MayBe) Match(ReadOnlySpan<byte> rest)
    {
        var found = 0;
        foreach (var needle in _byFirst[rest[0]])
        {
            if (needle.Length > rest.Length)
            {
                // A longer one may still come: to be waited for, or the shorter one would tear it apart.
                if (rest.Length < _longest && needle.AsSpan().StartsWith(rest)) return (found, true);
            }
            else if (found == 0 && rest.StartsWith(needle)) found = needle.Length;
        }
        return (found, false);
    }

    private static IEnumerable<byte[]> FormsOf(string secret)
    {
        var whole = Encoding.UTF8.GetBytes(secret);
        if (whole.Length < Shortest) yield break;
        yield return whole;
        foreach (var line in secret.Split('\n'))
            if (line.Trim() is { Length: > Shortest } part && part != secret) yield return Encoding.UTF8.GetBytes(part);
        if (Uri.EscapeDataString(secret) is var escaped && escaped != secret) yield return Encoding.UTF8.GetBytes(escaped);
        for (var offset = 0; offset < 3; offset++)
        {
            // Letters that also depend on what stands before or after it are left off: 2 bits of a byte reach into the next letter.
            var padded = new byte[offset + whole.Length];
            whole.CopyTo(padded, offset);
            var encoded = Convert.ToBase64String(padded);
            var from = offset == 0 ? 0 : offset + 1;
            var length = padded.Length * 8 / 6 - from;
            if (length < 6) continue;
            var standard = encoded.Substring(from, length);
            yield return Encoding.ASCII.GetBytes(standard);
            var url = standard.Replace('+', '-').Replace('/', '_');
            if (url != standard) yield return Encoding.ASCII.GetBytes(url);
        }
    }
}
