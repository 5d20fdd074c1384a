using System.Globalization;
using System.Text;
using Fairway.Kernel;

namespace Fairway.Adapters.Smtp;

/// <summary>The server said no.</summary>
internal sealed class SmtpRefusedException(FaultKind kind, Blame who, bool retryable, string message) : Exception(message)
{
    public FaultKind Kind { get; } = kind;

    public Blame Who { get; } = who;

    public bool Retryable { get; } = retryable;
}

/// <summary>Commands and replies (RFC 5321 4.1 and 4.2). What was sent never stands in an error: it may be a password.</summary>
internal sealed class SmtpConversation(Stream stream)
{
    private const int LongestLine = 2_048;
    private const int MostLines = 100;
    private const int LongestShown = 200;
    private readonly byte[] _buffer = new byte[4_096];
    private int _at;
    private int _end;

    /// <summary>Whether something was received that was not read.</summary>
    public bool HasMore => _at < _end;

    public async Task<IReadOnlyList<string>> HelloAsync(CancellationToken cancellation)
    {
        // An address literal is always right, whatever this machine calls itself (RFC 5321 4.1.4).
        var lines = await SayAsync("EHLO [127.0.0.1]", 250, cancellation);
        return [.. lines.Skip(1).Select(line => line.Trim())];
    }

    public async Task SignInAsync(string user, string password, IReadOnlyList<string> offers, CancellationToken cancellation)
    {
        var ways = offers.FirstOrDefault(line => line.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase))?.Split(' ') ?? [];
        if (ways.Contains("PLAIN", StringComparer.OrdinalIgnoreCase))
        {
            await SayAsync("AUTH PLAIN " + Base64($"\0{user}\0{password}"), 235, cancellation, "AUTH");
            return;
        }
        if (!ways.Contains("LOGIN", StringComparer.OrdinalIgnoreCase))
            throw new SmtpRefusedException(FaultKind.Invalid, Blame.Configuration, retryable: true, "it offers neither AUTH PLAIN nor LOGIN");
        await SayAsync("AUTH LOGIN", 334, cancellation);
        await SayAsync(Base64(user), 334, cancellation, "AUTH");
        await SayAsync(Base64(password), 235, cancellation, "AUTH");
    }

    /// <summary>Sends a command and reads its reply.</summary>
    /// <param name="command">Without its line end.</param>
    /// <param name="expected">The code of a good answer.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <param name="shown">What an error calls it; null is its first word.</param>
    public async Task<IReadOnlyList<string>> SayAsync(string command, int expected, CancellationToken cancellation, string? shown = null)
    {
        Invariant.Check(!command.AsSpan().ContainsAny('\r', '\n'), "a command of SMTP is one line");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"), cancellation);
        await stream.FlushAsync(cancellation);
        return await ExpectAsync(expected, shown ?? command.Split(' ', ':')[0], cancellation);
    }

    /// <summary>Sends a mail's lines, with dots stuffed (RFC 5321 4.5.2), and waits until the server has taken it.</summary>
    public async Task SendDataAsync(byte[] message, CancellationToken cancellation)
    {
        var stuffed = Encoding.Latin1.GetString(message).Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        await stream.WriteAsync(Encoding.Latin1.GetBytes((stuffed.StartsWith('.') ? "." : "") + stuffed + "\r\n.\r\n"), cancellation);
        await stream.FlushAsync(cancellation);
        await ExpectAsync(250, "the mail", cancellation);
    }

    public async Task QuitAsync(CancellationToken cancellation)
    {
        try
        {
            await SayAsync("QUIT", 221, cancellation);
        }
        catch (Exception gone) when (gone is IOException or SmtpRefusedException or OperationCanceledException)
        {
            // It has the mail.
        }
    }

    public async Task<IReadOnlyList<string>> ExpectAsync(int expected, string what, CancellationToken cancellation)
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await ReadLineAsync(cancellation);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code) || lines.Count == MostLines)
                throw new SmtpRefusedException(FaultKind.Invalid, Blame.Platform, retryable: true, "what answers does not speak SMTP");
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length > 3 && line[3] == '-') continue;
            if (code == expected) return lines;
            throw Refused(code, what, string.Join(' ', lines));
        }
    }

    private static SmtpRefusedException Refused(int code, string what, string text)
    {
        var said = new string([.. text.Select(letter => char.IsControl(letter) ? ' ' : letter)]).Trim();
        if (said.Length > LongestShown) said = said[..LongestShown] + "…";
        var message = string.Create(CultureInfo.InvariantCulture, $"it refused {what} with {code} {said}");
        // A wrong password may be mended while we wait; an address that does not exist will not begin to.
        return what == "AUTH"
            ? new(FaultKind.Forbidden, Blame.Configuration, retryable: true, string.Create(CultureInfo.InvariantCulture, $"it refused user and password with {code}"))
            : new(code >= 500 ? FaultKind.Invalid : FaultKind.Unavailable, code >= 500 ? Blame.Configuration : Blame.Platform, code < 500, message);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private async Task<string> ReadLineAsync(CancellationToken cancellation)
    {
        var line = new MemoryStream();
        while (true)
        {
            if (_at == _end)
            {
                (_at, _end) = (0, await stream.ReadAsync(_buffer, cancellation));
                if (_end == 0) throw new IOException("it closed the connection");
            }
            var letter = _buffer[_at++];
            if (letter == '\n') return Encoding.UTF8.GetString(line.ToArray()).TrimEnd('\r');
            if (line.Length == LongestLine) throw new SmtpRefusedException(FaultKind.Invalid, Blame.Platform, retryable: true, "what answers does not speak SMTP");
            line.WriteByte(letter);
        }
    }
}
