using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Adapters.Processes;

/// <summary>
/// How far an instance's raw output has been copied, and where to. Written after the lines and before the raw bytes are freed: after a crash the log is cut
/// back to it and copying goes on from it, so no line is lost and none comes twice.
/// </summary>
/// <param name="Attempt">The run whose raw files are read.</param>
/// <param name="Output">Bytes of its stdout that are copied.</param>
/// <param name="Error">Bytes of its stderr that are copied.</param>
/// <param name="Segment">Log file in which they are, 1 for the first.</param>
/// <param name="Length">Its length with them.</param>
/// <param name="StartSegment">Where the run's lines begin.</param>
/// <param name="StartLength">Where the run's lines begin.</param>
internal sealed record LogCursor(long Attempt, long Output, long Error, long Segment, long Length, long StartSegment, long StartLength)
{
    private const int Fields = 7;
    private const int Width = 19;

    /// <summary>Of a new log.</summary>
    public static LogCursor Start { get; } = new(0, 0, 0, 1, 0, 1, 0);

    /// <summary>From its file; null when there is none, or a torn one.</summary>
    public static LogCursor? Read(SafeFileHandle file)
    {
        Span<byte> bytes = stackalloc byte[Fields * (Width + 1)];
        if (RandomAccess.Read(file, bytes, 0) != bytes.Length) return null;
        Span<long> values = stackalloc long[Fields];
        for (var i = 0; i < Fields; i++)
            if (!long.TryParse(Encoding.ASCII.GetString(bytes.Slice(i * (Width + 1), Width)), NumberStyles.None, CultureInfo.InvariantCulture, out values[i])) return null;
        return values[3] < 1 ? null : new(values[0], values[1], values[2], values[3], values[4], values[5], values[6]);
    }

    /// <summary>To its file, in place: fixed width, one write.</summary>
    public void Write(SafeFileHandle file)
    {
        var text = new StringBuilder(Fields * (Width + 1));
        foreach (var value in (ReadOnlySpan<long>)[Attempt, Output, Error, Segment, Length, StartSegment, StartLength])
            text.Append(CultureInfo.InvariantCulture, $"{value:D19}\n");
        RandomAccess.Write(file, Encoding.ASCII.GetBytes(text.ToString()), 0);
    }
}
