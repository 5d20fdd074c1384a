using System.Text;

namespace Fairway.Cli.Rendering;

/// <summary>
/// A part of the terminal that is painted over and over: the cursor goes up, each line is written over the old one and cleared to its end, so nothing
/// flickers. Terminals that know synchronized output (mode 2026) show each frame at once.
/// </summary>
internal sealed class LiveRegion(CliContext context) : IDisposable
{
    private const string Begin = "\e[?2026h\e[?25l";
    private const string End = "\e[?2026l";
    private int _lines;
    private int _width;

    /// <summary>Shows a frame in the place of the last one. Lines that do not fit the terminal's height are left out at the end.</summary>
    public void Show(string frame)
    {
        var (width, height) = context.Size();
        var text = new StringBuilder(Begin);
        // A terminal that changed its width has broken our lines anew: there is nothing to paint over.
        if (_lines > 0) text.Append(width == _width ? $"\r\e[{_lines}A" : "\e[2J\e[H");
        var lines = frame.TrimEnd('\n').Split('\n');
        var shown = Math.Min(lines.Length, height - 1);
        foreach (var line in lines.AsSpan(0, shown)) text.Append(line).Append("\e[K\n");
        text.Append("\e[J").Append(End);
        context.Out.Write(text.ToString());
        context.Out.Flush();
        (_lines, _width) = (shown, width);
    }

    /// <summary>Takes the frame away.</summary>
    public void Clear()
    {
        if (_lines > 0) context.Out.Write($"\r\e[{_lines}A\e[J");
        _lines = 0;
    }

    /// <summary>Gives the cursor back; the last frame stays.</summary>
    public void Dispose() => context.Out.Write("\e[?25h");
}
