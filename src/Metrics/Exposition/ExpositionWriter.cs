using System.Buffers;
using System.Globalization;
using System.Text;
using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Exposition;

/// <summary>Writes the Prometheus text format or OpenMetrics. Names that older readers do not know are written in quotes.</summary>
/// <param name="output">Written to.</param>
/// <param name="format">One of the two text formats.</param>
public sealed class ExpositionWriter(IBufferWriter<byte> output, ExpositionFormat format)
{
    private readonly bool _open = format == ExpositionFormat.OpenMetrics;
    private string _family = "";
    private string _type = "";

    /// <summary>Begins a family: its samples come together.</summary>
    /// <param name="name">Without the ending of its samples. A counter may be named with or without <c>_total</c>.</param>
    /// <param name="metadata">Type, help and unit.</param>
    public void Family(string name, MetricMetadata metadata)
    {
        (_family, _type) = (name, metadata.Type);
        var told = _open && metadata.Type == "counter" && name.EndsWith("_total", StringComparison.Ordinal) ? name[..^"_total".Length] : name;
        if (metadata.Help.Length > 0)
        {
            Raw("# HELP "u8);
            Name(told);
            Raw(" "u8);
            Escaped(metadata.Help, quotes: _open);
            Raw("\n"u8);
        }

        Raw("# TYPE "u8);
        Name(told);
        Raw(" "u8);
        Text(_open ? metadata.Type : metadata.Type switch { "counter" or "gauge" or "histogram" or "summary" => metadata.Type, "info" or "stateset" => "gauge", _ => "untyped" });
        Raw("\n"u8);
        if (!_open || metadata.Unit.Length == 0 || !told.EndsWith("_" + metadata.Unit, StringComparison.Ordinal)) return;
        Raw("# UNIT "u8);
        Name(told);
        Raw(" "u8);
        Text(metadata.Unit);
        Raw("\n"u8);
    }

    /// <summary>Writes a sample of the family.</summary>
    /// <param name="labels">With the metric's name.</param>
    /// <param name="value">The value.</param>
    /// <param name="time">Milliseconds since 1970; null: the reader's time.</param>
    public void Sample(Labels labels, double value, long? time = null)
    {
        Series(labels);
        Raw(" "u8);
        Number(value);
        if (time is { } at)
        {
            Raw(" "u8);
            Text(_open ? (at / 1000m).ToString("0.###", CultureInfo.InvariantCulture) : at.ToString(CultureInfo.InvariantCulture));
        }

        Raw("\n"u8);
    }

    /// <summary>Writes when a counter, histogram or summary of the family began; only OpenMetrics has a line for that.</summary>
    /// <param name="labels">Those of the samples, with any of their names; <c>le</c> and <c>quantile</c> are left out.</param>
    /// <param name="start">Milliseconds since 1970.</param>
    public void Created(Labels labels, long start)
    {
        if (!_open || _type is not ("counter" or "histogram" or "summary")) return;
        var name = _type == "counter" && _family.EndsWith("_total", StringComparison.Ordinal) ? _family[..^"_total".Length] : _family;
        Sample(labels.Where(n => n is not ("le" or "quantile")).With(Labels.MetricName, name + "_created"), start / 1000.0);
    }

    /// <summary>Ends the exposition.</summary>
    public void End()
    {
        if (_open) Raw("# EOF\n"u8);
    }

    private void Series(Labels labels)
    {
        var name = labels.Name;
        var plain = IsPlain(name, colon: true);
        if (plain) Text(name);
        var separator = "{"u8;
        if (!plain)
        {
            Raw(separator);
            Quoted(name);
            separator = ","u8;
        }

        for (var i = 0; i < labels.Count; i++)
        {
            var (label, value) = labels[i];
            if (label == Labels.MetricName) continue;
            Raw(separator);
            separator = ","u8;
            if (IsPlain(label, colon: false)) Text(label);
            else Quoted(label);
            Raw("="u8);
            Quoted(value);
        }

        if (separator[0] == ',') Raw("}"u8);
    }

    private void Name(string name)
    {
        if (IsPlain(name, colon: true)) Text(name);
        else Quoted(name);
    }

    private void Quoted(string text)
    {
        Raw("\""u8);
        Escaped(text, quotes: true);
        Raw("\""u8);
    }

    private void Escaped(string text, bool quotes)
    {
        if (text.AsSpan().IndexOfAny('\\', '\n', '"') < 0)
        {
            Text(text);
            return;
        }

        var escaped = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            if (c == '\n') escaped.Append("\\n");
            else if (c == '\\' || (c == '"' && quotes)) escaped.Append('\\').Append(c);
            else escaped.Append(c);
        }

        Text(escaped.ToString());
    }

    private void Number(double value)
    {
        var room = output.GetSpan(NumberText.MostBytes);
        output.Advance(NumberText.Write(value, room));
    }

    private void Text(string text)
    {
        var room = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        output.Advance(Encoding.UTF8.GetBytes(text, room));
    }

    private void Raw(ReadOnlySpan<byte> text) => output.Write(text);

    private static bool IsPlain(string name, bool colon)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && !(colon && c == ':')) return false;
        }

        return true;
    }
}
