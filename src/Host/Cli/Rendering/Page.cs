using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fairway.Cli.Rendering;

/// <summary>Lines of text for one width, coloured or not.</summary>
/// <param name="width">Columns.</param>
/// <param name="colour">Whether escape sequences are wanted.</param>
internal sealed class Page(int width, bool colour)
{
    private readonly List<IRenderable> _parts = [];

    public static Page For(CliContext context) => new(context.Size().Width, context.Colour);

    public int Width => width;

    public bool IsEmpty => _parts.Count == 0;

    /// <summary>A line of Spectre markup; values in it must be escaped by <see cref="Text"/>. Cut at the page's width.</summary>
    public Page Line(string markup = "")
    {
        _parts.Add(new Markup(markup.Length == 0 ? " " : markup) { Overflow = Overflow.Ellipsis });
        return this;
    }

    /// <summary>A line to be copied, such as a command: neither cut nor broken, however wide.</summary>
    public Page ToCopy(string text, string style = "")
    {
        _parts.Add(new Unbroken(text, style));
        return this;
    }

    /// <summary>A sentence of a person's or a program's making, wrapped, with every line indented.</summary>
    public Page Sentence(string text, int indent, string style = "")
    {
        foreach (var line in Words.Wrap(text, width - indent)) Line(new string(' ', indent) + Style(line, style));
        return this;
    }

    /// <summary>Aligned columns. Cells are markup.</summary>
    /// <param name="headers">Titles; one that begins with <c>&gt;</c> is of numbers, flush right.</param>
    /// <param name="rows">The cells.</param>
    /// <param name="indent">Blanks before each row.</param>
    public Page Columns(string[] headers, IEnumerable<string[]> rows, int indent = 0)
    {
        var table = new Table().NoBorder();
        for (var i = 0; i < headers.Length; i++)
        {
            var right = headers[i].StartsWith('>');
            var column = new TableColumn(Style(headers[i].TrimStart('>'), "grey")) { NoWrap = true, Alignment = right ? Justify.Right : Justify.Left };
            table.AddColumn(column.Padding(0, 0, i == headers.Length - 1 ? 0 : 2, 0));
        }

        // A table without borders drops its outer padding, so the indent is part of the first cell. What is too wide is cut: half a word in a
        // line of its own would break the columns.
        foreach (var row in rows)
            table.AddRow(row.Select((cell, i) => new Markup(i == 0 ? new string(' ', indent) + cell : cell) { Overflow = Overflow.Ellipsis }));
        _parts.Add(table);
        return this;
    }

    /// <summary>Escaped, and in a style when one is given.</summary>
    public static string Style(string text, string style) => style.Length == 0 || text.Length == 0 ? Text(text) : $"[{style}]{Text(text)}[/]";

    /// <summary>Text that may hold anything, for use in markup. Control characters are shown, not obeyed.</summary>
    public static string Text(string text) => Markup.Escape(string.Concat(text.Select(c => char.IsControl(c) ? '·' : c)));

    /// <summary>The finished text, each line ended by a line feed, none with blanks at its end.</summary>
    public override string ToString()
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = true;
        console.Profile.Capabilities.Links = false;
        foreach (var part in _parts)
        {
            console.Write(part);
            if (part is Markup or Unbroken) console.WriteLine();
        }

        return string.Concat(writer.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(line => line.TrimEnd() + "\n"));
    }

    private sealed class Unbroken(string text, string style) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => new(text.Length, text.Length);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => [new(text, Spectre.Console.Style.Parse(style))];
    }
}
