using Fairway.StartProfile;

// Makes the profile that tells crossgen2 which instances of generic code a start needs: without it they are compiled anew at each start.
if (args is not [var recordings, var assemblies, var output])
{
    Console.Error.WriteLine("usage: Fairway.StartProfile RECORDINGS ASSEMBLIES OUT.mibc");
    return 2;
}
var methods = Directory.GetFiles(recordings, "*.jitted").SelectMany(File.ReadLines).Distinct(StringComparer.Ordinal)
    .Select(line => line.Split('\t')).Where(parts => parts.Length == 3).ToArray();
if (methods.Length == 0)
{
    Console.Error.WriteLine($"error: no method was recorded in {recordings}\nmend:  the program that is looked at must be published with -p:EventSourceSupport=true");
    return 1;
}
using var library = new Library(Directory.GetFiles(assemblies, "*.dll"));
var profile = new Profile(Path.GetFileNameWithoutExtension(output), library);
var known = methods.Count(method => profile.Add(method[0], method[1], method[2]));
profile.Write(output);
Console.WriteLine($"{known} of {methods.Length} methods");
return 0;
