using System.Buffers;
using System.Text;

namespace Fairway.Pipelines.Workflows;

/// <summary>
/// Finds workflow commands in what a script prints. All other bytes pass at once; a line that may be a command is held back until it ends,
/// so that a secret of <c>add-mask</c> is known before its line is written. Not for several threads at once.
/// </summary>
/// <param name="hear">Told each command, before its line passes. The bytes that pass instead of the line's text; null is the line as it
/// is.</param>
public sealed class CommandLines(Func<WorkflowCommand, string?> hear)
{
    /// <summary>Longer lines are no commands.</summary>
    public const int Longest = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _line = new();
    private bool _begins = true;
    private string? _resume;

    /// <summary>Passes a piece on.</summary>
    public void Write(ReadOnlySpan<byte> piece, IBufferWriter<byte> into)
    {
        // Lines that are no commands are passed together: up to here they are, from here on they are not yet.
        var passed = 0;
        for (var at = 0; at < piece.Length;)
        {
            var end = piece[at..].IndexOf((byte)'\n');
            var part = end < 0 ? piece[at..] : piece.Slice(at, end + 1);
            if (!_begins || _line.WrittenCount == 0 && !MayBeCommand(part)) _begins = end >= 0;
            else
            {
                into.Write(piece[passed..at]);
                passed = at + part.Length;
                Hold(part, end >= 0, into);
            }
            at += part.Length;
        }
        into.Write(piece[passed..]);
    }

    /// <summary>Passes what was held back: nothing more comes.</summary>
    public void Flush(IBufferWriter<byte> into)
    {
        if (_line.WrittenCount > 0) Read(into);
        _begins = true;
    }

    private void Hold(ReadOnlySpan<byte> part, bool ends, IBufferWriter<byte> into)
    {
        _line.Write(part);
        if (ends) Read(into);
        else if (!MayBeCommand(_line.WrittenSpan) || _line.WrittenCount > Longest)
        {
            Pass(into);
            _begins = false;
        }
    }

    private void Read(IBufferWriter<byte> into)
    {
        var text = MayBeCommand(_line.WrittenSpan) ? Encoding.UTF8.GetString(_line.WrittenSpan).TrimEnd('\n', '\r') : null;
        if (text is null || WorkflowCommand.Parse(text) is not { } command)
        {
            Pass(into);
            return;
        }
        if (_resume is not null)
        {
            // Between stop-commands and its word nothing is a command.
            if (command.Name.Equals(_resume, StringComparison.OrdinalIgnoreCase)) _resume = null;
        }
        else if (command.Name == "stop-commands") _resume = command.Message.Trim();
        else if (hear(command) is { } instead)
        {
            into.Write(Encoding.UTF8.GetBytes(instead + "\n"));
            _line.ResetWrittenCount();
            return;
        }
        Pass(into);
    }

    private void Pass(IBufferWriter<byte> into)
    {
        into.Write(_line.WrittenSpan);
        _line.ResetWrittenCount();
    }

    private static bool MayBeCommand(ReadOnlySpan<byte> line)
    {
        var text = line.TrimStart(" \t"u8);
        return text.StartsWith("::"u8) || text.Length < 2 && "::"u8.StartsWith(text);
    }
}
