using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Fairway.Edge.Hosting;

/// <summary>The web server's warnings and errors, one line each.</summary>
internal sealed class StandardErrorLog(TextWriter output, TimeProvider time) : ILoggerProvider
{
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName, _ => new Writer(output, time));

    /// <inheritdoc/>
    public void Dispose() => _loggers.Clear();

    private sealed class Writer(TextWriter output, TimeProvider time) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            var text = $"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {(logLevel == LogLevel.Warning ? "warning" : "error")} {formatter(state, exception)}";
            output.WriteLine(exception is null ? text : $"{text} {exception}".ReplaceLineEndings(" | "));
        }
    }
}
