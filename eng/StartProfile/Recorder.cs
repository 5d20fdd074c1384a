using System.Diagnostics.Tracing;
using System.Globalization;
using System.Reflection;

/// <summary>
/// What DOTNET_STARTUP_HOOKS loads into a program before its first line (docs: dotnet/runtime, host-startup-hook.md; its name and place are given):
/// it writes each method that the JIT had to compile to a file of the folder in FAIRWAY_START_PROFILE.
/// </summary>
internal static class StartupHook
{
    private static Fairway.StartProfile.Recorder? _recorder;

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("FAIRWAY_START_PROFILE") is not { Length: > 0 } folder) return;
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}.jitted"));
        _recorder = new(new StreamWriter(path, append: true) { AutoFlush = true });
        AppDomain.CurrentDomain.ProcessExit += (_, _) => _recorder.Dispose();
    }
}

namespace Fairway.StartProfile
{
    /// <summary>Writes a line "type, tab, method, tab, its generic arguments" for each method that was compiled at run time, from the runtime's own events.</summary>
    internal sealed class Recorder(TextWriter output) : EventListener
    {
        // "Runtime events" of the .NET documentation: the JIT's keyword, and the verbose form of MethodLoad.
        private const EventKeywords Jit = (EventKeywords)0x10;
        private const int MethodLoadVerbose = 143;

        protected override void OnEventSourceCreated(EventSource source)
        {
            if (source.Name == "Microsoft-Windows-DotNETRuntime") EnableEvents(source, EventLevel.Verbose, Jit);
        }

        protected override void OnEventWritten(EventWrittenEventArgs one)
        {
            if (one.EventId != MethodLoadVerbose || one is not { Payload: { } payload, PayloadNames: { } names }) return;
            var (type, method) = (payload[names.IndexOf("MethodNamespace")] as string ?? "", payload[names.IndexOf("MethodName")] as string);
            var generic = payload[names.IndexOf("MethodSignature")] is string signature && signature.Contains("generic ", StringComparison.Ordinal);
            var arguments = generic && !type.Contains('[', StringComparison.Ordinal) ? ArgumentsOf(payload[names.IndexOf("MethodID")]) : "";
            lock (output) output.WriteLine($"{type}\t{method}\t{arguments}");
        }

        // The event does not say them, but its id is the method's handle. In a generic type that is not enough to find the method by.
        private static string ArgumentsOf(object? id)
        {
            try
            {
                var handle = RuntimeMethodHandle.FromIntPtr((nint)(ulong)id!);
                return MethodBase.GetMethodFromHandle(handle) is { IsGenericMethod: true } method ? string.Join(',', method.GetGenericArguments().Select(Print)) : "";
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                return "";
            }
        }

        private static string Print(Type type)
        {
            if (type.IsSZArray) return Print(type.GetElementType()!) + "[]";
            return type.IsGenericType ? $"{type.GetGenericTypeDefinition().FullName}[{string.Join(',', type.GetGenericArguments().Select(Print))}]" : type.FullName ?? "";
        }

        public override void Dispose()
        {
            base.Dispose();
            lock (output) output.Flush();
        }
    }
}
