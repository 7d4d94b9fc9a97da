// SPDX-License-Identifier: Apache-2.0
// What e2e_threads does, in Go: two goroutines that each open a file, one that counts and collects garbage.
// It must never end before both files were open, nor count by a goroutine that asks.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

func openAndSay(path, word string, done *sync.WaitGroup) {
	defer done.Done()
	file, err := os.Open(path)
	if err != nil {
		fmt.Printf("%s: %s\n", word, err)
		return
	}
	fmt.Println(word)
	file.Close()
}

// A collection stops the world, and so waits for whoever it takes to be running.
func countIn(path string) {
	file, err := os.Create(path)
	if err != nil {
		os.Exit(3)
	}
	for n := 1; ; n++ {
		if _, err := file.WriteAt([]byte(fmt.Sprint(n)), 0); err != nil {
			os.Exit(3)
		}
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
}

func main() {
	if len(os.Args) != 4 {
		os.Exit(2)
	}
	go countIn(os.Args[1])
	var both sync.WaitGroup
	both.Add(2)
	go openAndSay(os.Args[2], "first", &both)
	go openAndSay(os.Args[3], "second", &both)
	both.Wait()
}
